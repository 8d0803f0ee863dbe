/** Objects that the skills' commands are tried on: a broken Flux chain, an app with a volume, a pod that restarts, jobs. */

export const revisions = { applied: `main@sha1:${'1'.repeat(40)}`, attempted: `main@sha1:${'2'.repeat(40)}` };

const container = (image: string) => ({
  name: 'main',
  image,
  imagePullPolicy: 'IfNotPresent',
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
});

const podSpec = (image: string) => ({
  terminationGracePeriodSeconds: 0,
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, runAsUser: 65534, fsGroup: 65534, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [container(image)],
});

const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } };

/**
 * Flux objects are suspended, so that a Flux in the same cluster leaves them and the status below alone.
 *
 * @param canary text in place of a password, wherever people put passwords
 */
export function fixtureObjects(namespace: string, image: string, canary: string): readonly object[] {
  const metadata = (name: string) => ({ name, namespace });
  const workload = { app: 'db' };
  const gitUrl = `https://me:${canary}@git.invalid/fleet.git`;
  const kustomization = {
    interval: '10m',
    suspend: true,
    prune: true,
    sourceRef: { kind: 'GitRepository', name: 'fleet' },
  };
  return [
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: metadata('fleet'),
      spec: { interval: '10m', suspend: true, url: gitUrl, ref: { branch: 'main' } },
    },
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      metadata: metadata('charts'),
      spec: { interval: '10m', suspend: true, url: `https://me:${canary}@charts.invalid` },
    },
    {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: metadata('base'),
      spec: { ...kustomization, path: './base' },
    },
    {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: metadata('apps'),
      spec: {
        ...kustomization,
        path: './apps',
        dependsOn: [{ name: 'base' }],
        postBuild: { substitute: { password: canary } },
      },
    },
    {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: metadata('web'),
      spec: {
        interval: '10m',
        suspend: true,
        chart: { spec: { chart: 'web', version: '1.x', sourceRef: { kind: 'HelmRepository', name: 'charts' } } },
        values: { password: canary },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: metadata('apps.1'),
      involvedObject: { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', ...metadata('apps') },
      type: 'Warning',
      reason: 'HealthCheckFailed',
      message: 'health check failed after 30s',
      source: { component: 'kustomize-controller' },
    },
    {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: metadata('web.1'),
      involvedObject: { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', ...metadata('web') },
      type: 'Warning',
      reason: 'UpgradeFailed',
      message: 'Helm upgrade failed',
      source: { component: 'helm-controller' },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: {
        ...metadata('db'),
        labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': namespace },
      },
      spec: {
        serviceName: 'db',
        selector: { matchLabels: workload },
        template: {
          metadata: { labels: workload },
          spec: {
            ...podSpec(image),
            containers: [
              {
                ...container(image),
                env: [{ name: 'PASSWORD', value: canary }],
                volumeMounts: [{ name: 'state', mountPath: '/state' }],
              },
            ],
          },
        },
        volumeClaimTemplates: [{ metadata: { name: 'state' }, spec: claim }],
      },
    },
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: metadata('spare'), spec: claim },
    {
      // A probe that cannot succeed makes the kubelet restart it, so that `logs --previous` has something to read.
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: metadata('restarting'),
      spec: {
        ...podSpec(image),
        containers: [
          { ...container(image), livenessProbe: { tcpSocket: { port: 1 }, periodSeconds: 1, failureThreshold: 1 } },
        ],
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata('kustomize-controller'),
      spec: {
        selector: { matchLabels: { app: 'controller' } },
        template: { metadata: { labels: { app: 'controller' } }, spec: podSpec(image) },
      },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: metadata('renovate'),
      spec: {
        schedule: '0 0 1 1 *',
        suspend: true,
        jobTemplate: {
          spec: {
            template: {
              spec: {
                ...podSpec(image),
                restartPolicy: 'Never',
                containers: [{ ...container(image), env: [{ name: 'RENOVATE_TOKEN', value: canary }] }],
              },
            },
          },
        },
      },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: metadata('renovate-1'),
      spec: { template: { spec: { ...podSpec(image), restartPolicy: 'Never' } } },
    },
  ];
}

/** What the Flux controllers would have written: resource, name, status. */
export function fluxStatus(namespace: string): readonly (readonly [resource: string, name: string, status: object])[] {
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    observedGeneration: 1,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  return [
    [
      'gitrepositories.source.toolkit.fluxcd.io',
      'fleet',
      {
        observedGeneration: 1,
        artifact: {
          revision: revisions.applied,
          digest: `sha256:${'a'.repeat(64)}`,
          path: 'p',
          url: 'http://source.invalid/p',
          lastUpdateTime: '2026-01-01T00:00:00Z',
        },
        conditions: [
          condition('Ready', 'False', 'GitOperationFailed', 'failed to checkout and determine revision'),
          condition('ArtifactInStorage', 'True', 'Succeeded', 'stored artifact'),
        ],
      },
    ],
    [
      'kustomizations.kustomize.toolkit.fluxcd.io',
      'apps',
      {
        observedGeneration: 1,
        lastAppliedRevision: revisions.applied,
        lastAttemptedRevision: revisions.attempted,
        inventory: { entries: [{ id: `${namespace}_db_apps_StatefulSet`, v: 'v1' }] },
        history: [
          {
            digest: `sha256:${'b'.repeat(64)}`,
            firstReconciled: '2026-01-01T00:00:00Z',
            lastReconciled: '2026-01-01T00:00:00Z',
            lastReconciledDuration: '30s',
            lastReconciledStatus: 'HealthCheckFailed',
            totalReconciliations: 3,
            metadata: { revision: revisions.attempted },
          },
        ],
        conditions: [
          condition('Ready', 'False', 'HealthCheckFailed', `timeout waiting for: StatefulSet/${namespace}/db`),
        ],
      },
    ],
    [
      'helmreleases.helm.toolkit.fluxcd.io',
      'web',
      {
        observedGeneration: 1,
        failures: 3,
        upgradeFailures: 3,
        lastAttemptedReleaseAction: 'upgrade',
        conditions: [
          condition('Ready', 'False', 'UpgradeFailed', 'Helm upgrade failed'),
          condition('Stalled', 'True', 'RetriesExceeded', 'Failed to upgrade after 3 attempt(s)'),
        ],
      },
    ],
  ];
}
