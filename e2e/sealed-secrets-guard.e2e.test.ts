/** The guard of the Sealed Secrets controller, as a real API server takes it. Needs KUBECONFIG. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster, flux, kubernetesNetworkPolicies, SealedSecretsGuard, sops } from '../constructs/index.ts';
import { rendered } from '../constructs/testing/cluster.ts';
import { ApiServer, messageOf, type ObjectRef } from './api-server.ts';
import { announceSkip, missing } from './environment.ts';
import { eventually } from './eventually.ts';

const skip = missing({ kubeconfig: true });
announceSkip('the guard of the Sealed Secrets controller', skip);

const namespace = `chitin-guard-${process.pid}`;

const binding = (name: string, role: string, subject: object): ObjectRef =>
  ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role },
    subjects: [subject],
  }) as ObjectRef;
const group = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name });

describe.skipIf(skip)('the guard of the Sealed Secrets controller', () => {
  const api = skip ? (undefined as unknown as ApiServer) : new ApiServer();
  const made: ObjectRef[] = [];
  const send = (object: ObjectRef, dryRun: boolean) => api.apply(object, JSON.stringify(object), { dryRun });

  beforeAll(async () => {
    const cluster = new Cluster('guard', {
      kubernetes: '1.36',
      domain: 'example.test',
      gitops: flux({ repository: { url: 'https://git.example.test/repository.git' }, decryptWith: 'sops-age' }),
      secrets: sops({ recipients: ['age1nharyjf38cr7mvhj3c7d66krckxlgs8p3kcwgglpt545ql6mlu0shap3f4'] }),
      network: kubernetesNetworkPolicies(),
      apiServer: { cidrs: ['192.0.2.1/32'], port: 6443 },
      apps: (root) => new SealedSecretsGuard(root, { namespace, serviceProxy: true }),
    });
    const guard = Object.values(rendered(cluster)).filter(({ metadata }) =>
      metadata.name.endsWith('sealed-secrets-guard'),
    );
    expect(guard.map(({ kind }) => kind).sort()).toEqual([
      'Kustomization',
      'NetworkPolicy',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
    ]);
    const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    for (const object of [home, ...guard.filter(({ kind }) => kind !== 'Kustomization')] as ObjectRef[]) {
      const answer = await send(object, false);
      if (answer.status >= 300) throw new Error(messageOf(answer));
      made.push(object);
    }
  });

  afterAll(async () => {
    for (const object of made.toReversed()) await api.delete(object);
  });

  test('its service proxy is bound to accounts that are named, and to no group that everybody is in', async () => {
    const refused = await eventually('the policy to be enforced', 60, async () => {
      const answer = await send(
        binding('proxier', 'sealed-secrets-service-proxier', group('system:authenticated')),
        true,
      );
      return answer.status === 422 ? answer : undefined;
    });
    expect(messageOf(refused)).toContain('The service proxy of Sealed Secrets is bound to nobody but named accounts');
    const account = { kind: 'ServiceAccount', name: 'sealer', namespace };
    for (const other of [
      binding('named', 'sealed-secrets-service-proxier', account),
      binding('team', 'sealed-secrets-service-proxier', group('sealers')),
      binding('reader', 'reader', group('system:authenticated')),
    ])
      expect((await send(other, true)).status).toBe(201);
  });
});
