import type { AccessLimit, Grant } from './grant.ts';
import { sameFields } from './limit.ts';

const read = ['get', 'list', 'watch'];
const restartedAt = 'kubectl.kubernetes.io/restartedAt';

/** The API server counts changes of a DaemonSet's template in it (kubernetes 1.36, `pkg/apis/apps/v1/conversion.go`). */
const templateGeneration = 'deprecated.daemonset.template.generation';

/** What a patch may not touch, whatever else it is for; the rest of the metadata belongs to the API server. */
const metadata = {
  ownAnnotations: 'object.metadata.?annotations.orValue({})',
  ownOldAnnotations: 'oldObject.metadata.?annotations.orValue({})',
  sameMetadata: [
    ...['labels', 'finalizers', 'ownerReferences'].map(
      (field) => `object.metadata.?${field}.orValue([]) == oldObject.metadata.?${field}.orValue([])`,
    ),
    sameFields('variables.ownAnnotations', 'variables.ownOldAnnotations', [templateGeneration]),
  ].join(' && '),
};

const onlyRestarts: AccessLimit = {
  name: 'only-restarts',
  demands: `The agent changes nothing in a workload but the annotation ${restartedAt} of its pods.`,
  apiGroup: 'apps',
  resources: ['deployments', 'statefulsets', 'daemonsets'],
  operation: 'UPDATE',
  variables: {
    ...metadata,
    spec: 'object.spec',
    oldSpec: 'oldObject.spec',
    sameSpec: sameFields('variables.spec', 'variables.oldSpec', ['template']),
    samePod: 'variables.spec.template.spec == variables.oldSpec.template.spec',
    meta: 'variables.spec.template.?metadata.orValue({})',
    oldMeta: 'variables.oldSpec.template.?metadata.orValue({})',
    sameMeta: sameFields('variables.meta', 'variables.oldMeta', ['annotations']),
    annotations: 'variables.meta.?annotations.orValue({})',
    oldAnnotations: 'variables.oldMeta.?annotations.orValue({})',
    sameAnnotations: sameFields('variables.annotations', 'variables.oldAnnotations', [restartedAt]),
  },
  validations: [
    {
      expression:
        'variables.sameMetadata && variables.sameSpec && variables.samePod && variables.sameMeta && variables.sameAnnotations',
      message: 'the agent may restart a workload (kubectl rollout restart), and change nothing else in it.',
    },
  ],
};

/**
 * First aid in the namespaces that are listed: to delete pods and Jobs one by one, and `kubectl rollout restart`. RBAC can
 * only say "patch deployments", which is to run any program there; so the API server refuses every change but the restart.
 * It goes past Git, hence the finding.
 */
export function operate(options: { readonly namespaces: readonly [string, ...string[]] }): Grant {
  const { namespaces } = options;
  return {
    name: 'operate',
    scope: { namespaces },
    rules: [
      { apiGroups: [''], resources: ['pods'], verbs: [...read, 'delete'] },
      { apiGroups: ['batch'], resources: ['jobs'], verbs: [...read, 'delete'] },
      { apiGroups: ['apps'], resources: onlyRestarts.resources, verbs: [...read, 'patch'] },
    ],
    limits: [onlyRestarts],
    findings: [
      {
        rule: 'grant-operates',
        message: `the agent may delete pods and Jobs and restart workloads in ${namespaces.join(', ')}`,
        why: 'Whoever steers the model can keep them from running, and no commit shows it.',
        help: 'Let it propose the change instead, or accept it with the reason.',
      },
    ],
  };
}

/**
 * `kubectl cordon` and `uncordon` of any node: whether new pods land on it. RBAC can only say "patch nodes", and labels and
 * taints decide where everything runs; so the API server refuses every change but `spec.unschedulable`. It goes past Git,
 * hence the finding.
 */
export const cordonNodes: Grant = {
  name: 'cordon-nodes',
  scope: 'cluster',
  rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'patch'] }],
  limits: [
    {
      name: 'only-cordons',
      demands: 'The agent changes nothing in a node but whether new pods may land on it.',
      apiGroup: '',
      resources: ['nodes'],
      operation: 'UPDATE',
      variables: {
        ...metadata,
        spec: 'object.spec',
        oldSpec: 'oldObject.spec',
        sameSpec: sameFields('variables.spec', 'variables.oldSpec', ['unschedulable']),
      },
      validations: [
        {
          expression: 'variables.sameMetadata && variables.sameSpec',
          message: 'the agent may cordon and uncordon a node, and change nothing else in it.',
        },
      ],
    },
  ],
  findings: [
    {
      rule: 'grant-operates',
      message: 'the agent may keep new pods from any node',
      why: 'Whoever steers the model can keep every workload from starting, and no commit shows it.',
      help: 'Let it propose the change instead, or accept it with the reason.',
    },
  ],
};
