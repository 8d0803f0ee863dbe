import type { Chart } from 'cdk8s';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { INamespace } from 'kubernetes-models/v1/Namespace';
import { factsOf } from './facts.ts';
import { keys, manifest } from './manifest.ts';
import { originOf } from './origin.ts';
import { type PodSecurityLevel, podSecurityLabels } from './pod-security.ts';
import type { Reason } from './reason.ts';

/** A namespace with its default deny: applied before the apps, and protected, since losing it loses every volume in it. */
export function makeNamespace(owned: Chart, name: string, level: PodSecurityLevel, apps: readonly Chart[]): void {
  const facts = factsOf(owned);
  const reasons = (purpose: string) => () => ({ purpose, parts: appReasons(apps, name) });
  manifest<INamespace>(
    owned,
    `Namespace-${name}`,
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name,
        labels: { [keys.managed]: 'true', [keys.managedBy]: 'chitin', ...podSecurityLabels(level, facts.kubernetes) },
        annotations: { ...facts.gitops.annotations('protected') },
      },
    },
    reasons(`namespace at Pod Security level ${level}`),
  );
  manifest<INetworkPolicy>(
    owned,
    `DefaultDeny-${name}`,
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: {
        name: 'default-deny',
        namespace: name,
        labels: { [keys.managedBy]: 'chitin' },
        // As long as the namespace is there: pods that are still stopping must not be open.
        annotations: { ...facts.gitops.annotations('protected') },
      },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    },
    reasons('denies every connection that no fence allows'),
  );
}

/** The apps that a namespace is there for. */
export function appReasons(apps: readonly Chart[], namespace: string): Reason[] {
  return apps
    .filter((app) => app.namespace === namespace)
    .map((app) => ({
      what: `app ${app.node.id}`,
      because: `its objects are in namespace ${namespace}`,
      source: originOf(app).source,
    }));
}
