/** API rights with which whoever holds them gets more than they say: to Secrets, other accounts, nodes, or the whole cluster. */
export interface DangerousRight {
  /** Undefined for any. */
  readonly group?: string | undefined;
  /** Undefined for any. */
  readonly resources?: readonly string[] | undefined;
  readonly verbs: readonly string[];
  /** Only in this namespace, or in all. */
  readonly namespace?: string | undefined;
  /** What it leads to. */
  readonly why: string;
}

const read = ['get', 'list', 'watch'];
const write = ['create', 'update', 'patch'];
const change = [...write, 'delete', 'deletecollection'];

const anyProgram = 'It runs any program in the namespace, with any account and any Secret that is there.';

/**
 * What an agent must not be given by accident (CIS Kubernetes Benchmark 5.1, "RBAC Good Practices" of kubernetes.io). A wildcard
 * that covers one of them is told as a wildcard.
 */
export const dangerousRights: readonly DangerousRight[] = [
  { verbs: ['escalate'], why: 'It can write itself any other right into a role.' },
  { verbs: ['bind'], why: 'It can give itself any role.' },
  { verbs: ['impersonate'], why: 'It can act as somebody else.' },
  { group: '', resources: ['secrets'], verbs: read, why: 'It reads the values; a list or a watch shows them all.' },
  {
    group: '',
    resources: [
      'pods/exec',
      'pods/attach',
      'pods/portforward',
      'pods/ephemeralcontainers',
      'pods/proxy',
      'services/proxy',
    ],
    verbs: ['get', 'create', 'update', 'patch'],
    why: 'It gets into other pods, to their files, tokens and ports, past every fence.',
  },
  {
    group: '',
    resources: ['nodes/proxy'],
    verbs: ['get', ...change],
    why: "A get is enough to run commands in any pod of the node, through the kubelet's API.",
  },
  {
    group: '',
    resources: ['serviceaccounts/token'],
    verbs: ['create'],
    why: 'It makes itself a token of another account.',
  },
  { group: '', resources: ['pods', 'replicationcontrollers'], verbs: write, why: anyProgram },
  {
    group: 'apps',
    resources: ['deployments', 'statefulsets', 'daemonsets', 'replicasets'],
    verbs: write,
    why: anyProgram,
  },
  { group: 'batch', resources: ['jobs', 'cronjobs'], verbs: write, why: anyProgram },
  {
    group: '',
    resources: ['persistentvolumes'],
    verbs: write,
    why: 'A volume with a hostPath reads and writes any file of a node.',
  },
  {
    group: '',
    resources: ['nodes', 'nodes/status'],
    verbs: ['create', 'update', 'patch', 'delete'],
    why: 'Labels and taints decide where every pod runs.',
  },
  {
    group: '',
    resources: ['namespaces'],
    verbs: change,
    why: 'Labels of a namespace hold its Pod Security level, and choose which policies act in it; deleting it deletes all in it.',
  },
  {
    group: '',
    resources: ['configmaps'],
    verbs: change,
    namespace: 'kube-system',
    why: 'Cluster DNS and the kubelets are configured there.',
  },
  {
    group: 'certificates.k8s.io',
    resources: ['certificatesigningrequests/approval', 'certificatesigningrequests/status', 'signers'],
    verbs: ['update', 'patch', 'approve', 'sign'],
    why: 'It makes itself a certificate of anybody, of an administrator too.',
  },
  {
    group: 'admissionregistration.k8s.io',
    resources: [
      'validatingwebhookconfigurations',
      'mutatingwebhookconfigurations',
      'validatingadmissionpolicies',
      'validatingadmissionpolicybindings',
      'mutatingadmissionpolicies',
      'mutatingadmissionpolicybindings',
    ],
    verbs: change,
    why: 'It turns off what guards the cluster, or sees and changes every object that is written.',
  },
  {
    group: 'policies.kyverno.io',
    resources: ['imagevalidatingpolicies', 'validatingpolicies', 'policyexceptions'],
    verbs: change,
    why: 'It turns off what guards the cluster.',
  },
  {
    group: 'rbac.authorization.k8s.io',
    resources: ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
    verbs: write,
    why: 'It decides who may do what.',
  },
  {
    group: 'apiextensions.k8s.io',
    resources: ['customresourcedefinitions'],
    verbs: change,
    why: 'Deleting one deletes every object of the kind; a conversion webhook reads and changes them.',
  },
  {
    group: 'kustomize.toolkit.fluxcd.io',
    resources: ['kustomizations'],
    verbs: write,
    why: "Flux applies what it says with Flux's own rights, those of an administrator.",
  },
  {
    group: 'helm.toolkit.fluxcd.io',
    resources: ['helmreleases'],
    verbs: write,
    why: "Flux installs what it says with Flux's own rights, those of an administrator.",
  },
  {
    group: 'source.toolkit.fluxcd.io',
    resources: ['gitrepositories', 'ocirepositories', 'helmrepositories', 'helmcharts', 'buckets', 'externalartifacts'],
    verbs: write,
    why: 'Flux applies what it fetches from there.',
  },
  {
    group: 'argoproj.io',
    resources: ['applications', 'applicationsets', 'appprojects'],
    verbs: write,
    why: "Argo CD applies what it says with Argo CD's own rights, those of an administrator.",
  },
  {
    group: 'bitnami.com',
    resources: ['sealedsecrets'],
    verbs: write,
    why: 'The controller makes Secrets from it, in its own name.',
  },
  {
    group: 'external-secrets.io',
    resources: ['externalsecrets', 'clusterexternalsecrets', 'secretstores', 'clustersecretstores'],
    verbs: write,
    why: 'It has any key of a store copied into a Secret.',
  },
];

/** Built-in ClusterRoles that hold some of these rights. */
export const dangerousRoles: Readonly<Record<string, string>> = {
  'cluster-admin': 'It may do everything.',
  admin: 'It reads Secrets, runs any program and gives out roles in the namespace.',
  edit: 'It reads Secrets and runs any program in the namespace.',
};
