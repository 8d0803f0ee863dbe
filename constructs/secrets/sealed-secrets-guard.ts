import { Chart } from 'cdk8s';
import type { IValidatingAdmissionPolicy } from 'kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy';
import type { IValidatingAdmissionPolicyBinding } from 'kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding';
import type { Cluster } from '../cluster.ts';
import { factsOf } from '../facts.ts';
import { keys, manifest } from '../manifest.ts';
import { makeFence } from '../network/fence.ts';
import type { Flow, Labels, Peer } from '../network/flow.ts';
import { recordSource } from '../origin.ts';

/** Options of a `SealedSecretsGuard`. */
export interface SealedSecretsGuardProps {
  /** Namespace of the controller. @default 'kube-system' */
  readonly namespace?: string;
  /** Labels of its pods. @default those of its Helm chart; with the manifest of a release `{ name: 'sealed-secrets-controller' }` */
  readonly labels?: Labels;
  /** Who may read its metrics (port 8081). @default nobody */
  readonly metrics?: Peer;
  /**
   * Whether the API server may pass requests on to port 8080, which `chitin secrets cert pull`, `rotate --reencrypt` and
   * kubeseal use. @default false: pin the certificate from a file
   */
  readonly serviceProxy?: boolean;
}

/**
 * Guards the controller of Sealed Secrets, which something else installs; an app of its own in `dist`.
 *
 * Its port 8080 answers whoever reaches it: `/v1/rotate` widened scopes before 0.36.0 (CVE-2026-22728), and told whether
 * a ciphertext opens up to and including 0.39.1 (bitnami/sealed-secrets pull request 2049). So run a newer one, and
 * let nobody reach it: a fence admits none but those named here, and a policy refuses to bind the controller's Role
 * `…service-proxier`, which its manifests give to every account (`system:authenticated`). A binding that is there
 * already has to be deleted.
 */
export class SealedSecretsGuard extends Chart {
  constructor(cluster: Cluster, props: SealedSecretsGuardProps = {}) {
    super(cluster, 'sealed-secrets-guard', { disableResourceNameHashes: true });
    recordSource(this);
    const { namespace = 'kube-system', labels = { [keys.app]: 'sealed-secrets' }, metrics, serviceProxy } = props;
    const facts = factsOf(this);
    const apiServer: Peer = { kind: 'apiServer' };
    const flows: Flow[] = [
      {
        direction: 'out',
        peer: apiServer,
        ports: [{ port: facts.apiServer?.port ?? 6443 }],
        because: 'it reads SealedSecrets and writes Secrets',
      },
    ];
    if (serviceProxy)
      flows.push({ direction: 'in', peer: apiServer, ports: [{ port: 8080 }], because: 'option serviceProxy' });
    if (metrics) flows.push({ direction: 'in', peer: metrics, ports: [{ port: 8081 }], because: 'option metrics' });
    const name = 'sealed-secrets-guard';
    const own = { [keys.app]: name, [keys.managedBy]: 'chitin' };
    const fence = { name, namespace, labels, flows, ownLabels: own };
    makeFence(this, 'Fence', 'the controller of Sealed Secrets', fence, facts);
    refuseProxiers(this, `chitin-${name}`, namespace, own);
  }
}

/** Groups that everybody is in. */
const everybody = ['system:authenticated', 'system:unauthenticated', 'system:serviceaccounts'];

const demand =
  'The service proxy of Sealed Secrets is bound to nobody but named accounts: whoever has it can use the controller against the values.';

function refuseProxiers(scope: Chart, name: string, namespace: string, labels: Labels): void {
  const reasons = () => ({
    purpose: 'guards the controller of Sealed Secrets',
    parts: [{ what: 'demand', because: demand }],
  });
  manifest<IValidatingAdmissionPolicy>(
    scope,
    'Policy',
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name, labels, annotations: { 'kubernetes.io/description': demand } },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ['rbac.authorization.k8s.io'],
              apiVersions: ['v1'],
              operations: ['CREATE', 'UPDATE'],
              resources: ['rolebindings'],
            },
          ],
        },
        validations: [
          {
            expression: `!object.roleRef.name.endsWith('service-proxier') || !object.?subjects.orValue([]).exists(s, s.kind == 'Group' && s.name in [${everybody.map((group) => `'${group}'`).join(', ')}])`,
            message: `${demand} Install it without that RoleBinding (rbac.serviceProxier.bind=false of its Helm chart), and name the accounts that need it.`,
          },
        ],
      },
    },
    reasons,
  );
  manifest<IValidatingAdmissionPolicyBinding>(
    scope,
    'PolicyBinding',
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name, labels },
      spec: {
        policyName: name,
        validationActions: ['Deny', 'Audit'],
        matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
      },
    },
    reasons,
  );
}
