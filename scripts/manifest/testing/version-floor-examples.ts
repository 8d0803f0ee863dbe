import type { KubeObject } from '../manifest.ts';

/** Objects that a new enough API server takes whole, with the JSON paths of what is new in them. */
export interface Example {
  readonly object: KubeObject;
  readonly paths: readonly string[];
  /** What a controller makes of the object, where that is what the API server judges. */
  readonly made?: KubeObject;
}

const image = 'registry.example.test/program:1';
const named = { name: 'example', namespace: 'default' };

function pod(spec: object): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: named, spec };
}

function inTemplate(kind: string, spec: object, more: object = {}): KubeObject {
  const labels = { app: 'example' };
  const template = { metadata: { labels }, spec };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: named,
    spec: { selector: { matchLabels: labels }, template, ...more },
  };
}

const claim = {
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: '1Gi' } },
  volumeAttributesClassName: 'fast',
};

const claimObject: KubeObject = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: named, spec: claim };

const program = { name: 'program', image };

const podName = { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } };

/** For each row of the version floor, by id: at least one object for each of its places. */
export const examples: Readonly<Record<string, readonly Example[]>> = {
  'image-volume': [
    {
      object: pod({
        automountServiceAccountToken: false,
        containers: [{ ...program, volumeMounts: [{ name: 'files', mountPath: '/files', subPath: 'docs' }] }],
        volumes: [
          { name: 'scratch', emptyDir: {} },
          { name: 'files', image: { reference: image, pullPolicy: 'IfNotPresent' } },
        ],
      }),
      paths: ['$.spec.volumes[1].image'],
    },
  ],
  'pod-resources': [
    {
      object: inTemplate('Deployment', { containers: [program], resources: { limits: { memory: '64Mi' } } }),
      paths: ['$.spec.template.spec.resources'],
    },
  ],
  'container-restart-rules': [
    {
      object: pod({
        restartPolicy: 'Never',
        initContainers: [
          { name: 'sidecar', image, restartPolicy: 'Always' },
          { name: 'init', image, restartPolicy: 'OnFailure' },
          {
            name: 'rules',
            image,
            restartPolicy: 'Never',
            restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [3] } }],
          },
        ],
        containers: [
          {
            ...program,
            restartPolicy: 'Never',
            restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
          },
        ],
      }),
      paths: [
        '$.spec.containers[0].restartPolicy',
        '$.spec.containers[0].restartPolicyRules',
        '$.spec.initContainers[1].restartPolicy',
        '$.spec.initContainers[2].restartPolicy',
        '$.spec.initContainers[2].restartPolicyRules',
      ],
    },
  ],
  'env-file': [
    {
      object: pod({
        initContainers: [{ name: 'init', image, env: [fromFile()] }],
        containers: [{ ...program, env: [{ name: 'PLAIN', value: 'text' }, fromFile()] }],
        volumes: [{ name: 'files', emptyDir: {} }],
      }),
      paths: [
        '$.spec.initContainers[0].env[0].valueFrom.fileKeyRef',
        '$.spec.containers[0].env[1].valueFrom.fileKeyRef',
      ],
    },
  ],
  'hostname-override': [
    {
      object: pod({ containers: [program], hostnameOverride: 'agent.example.test' }),
      paths: ['$.spec.hostnameOverride'],
    },
  ],
  'stop-signal': [
    {
      object: pod({
        os: { name: 'linux' },
        initContainers: [{ name: 'sidecar', image, restartPolicy: 'Always', lifecycle: { stopSignal: 'SIGINT' } }],
        containers: [{ ...program, lifecycle: { stopSignal: 'SIGINT' } }],
      }),
      paths: ['$.spec.initContainers[0].lifecycle.stopSignal', '$.spec.containers[0].lifecycle.stopSignal'],
    },
  ],
  'pod-certificate': [
    {
      object: pod({
        containers: [program],
        volumes: [
          {
            name: 'identity',
            projected: {
              sources: [
                podName,
                {
                  podCertificate: {
                    signerName: 'example.test/signer',
                    keyType: 'ED25519',
                    credentialBundlePath: 'bundle.pem',
                  },
                },
              ],
            },
          },
        ],
      }),
      paths: ['$.spec.volumes[0].projected.sources[1].podCertificate'],
    },
  ],
  'trust-bundle': [
    {
      object: pod({
        containers: [program],
        volumes: [
          {
            name: 'trust',
            projected: { sources: [podName, { clusterTrustBundle: { name: 'example', path: 'ca.pem' } }] },
          },
        ],
      }),
      paths: ['$.spec.volumes[0].projected.sources[1].clusterTrustBundle'],
    },
  ],
  'device-claims': [
    {
      object: pod({
        initContainers: [{ name: 'init', image, resources: { claims: [{ name: 'gpu' }] } }],
        containers: [{ ...program, resources: { claims: [{ name: 'gpu' }] } }],
        resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 'gpu' }],
      }),
      paths: [
        '$.spec.resourceClaims',
        '$.spec.initContainers[0].resources.claims',
        '$.spec.containers[0].resources.claims',
      ],
    },
  ],
  'device-kinds': [
    {
      object: {
        apiVersion: 'resource.k8s.io/v1',
        kind: 'ResourceClaimTemplate',
        metadata: named,
        spec: {
          spec: { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu.example.test' } }] } },
        },
      },
      paths: ['$.kind'],
    },
    {
      object: {
        apiVersion: 'resource.k8s.io/v1',
        kind: 'ResourceClaim',
        metadata: named,
        spec: { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu.example.test' } }] } },
      },
      paths: ['$.kind'],
    },
    {
      object: {
        apiVersion: 'resource.k8s.io/v1',
        kind: 'DeviceClass',
        metadata: { name: 'gpu.example.test' },
        spec: { selectors: [{ cel: { expression: 'device.driver == "gpu.example.test"' } }] },
      },
      paths: ['$.kind'],
    },
    {
      object: {
        apiVersion: 'resource.k8s.io/v1',
        kind: 'ResourceSlice',
        metadata: { name: 'example' },
        spec: {
          driver: 'gpu.example.test',
          pool: { name: 'pool', generation: 1, resourceSliceCount: 1 },
          allNodes: true,
          devices: [{ name: 'gpu-0' }],
        },
      },
      paths: ['$.kind'],
    },
  ],
  'volume-attributes': [
    {
      object: claimObject,
      paths: ['$.spec.volumeAttributesClassName'],
    },
    {
      object: inTemplate(
        'StatefulSet',
        { containers: [program] },
        { serviceName: 'example', volumeClaimTemplates: [{ metadata: { name: 'state' }, spec: claim }] },
      ),
      paths: ['$.spec.volumeClaimTemplates[0].spec.volumeAttributesClassName'],
      made: claimObject,
    },
    {
      object: pod({
        containers: [program],
        volumes: [{ name: 'state', ephemeral: { volumeClaimTemplate: { spec: claim } } }],
      }),
      paths: ['$.spec.volumes[0].ephemeral.volumeClaimTemplate.spec.volumeAttributesClassName'],
      made: claimObject,
    },
  ],
  'volume-attributes-kind': [
    {
      object: {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'VolumeAttributesClass',
        metadata: { name: 'fast' },
        driverName: 'disk.example.test',
        parameters: { iops: '4000' },
      },
      paths: ['$.kind'],
    },
  ],
  'mutating-policy-kinds': [
    {
      object: {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingAdmissionPolicy',
        metadata: { name: 'example' },
        spec: {
          matchConstraints: {
            resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
          },
          reinvocationPolicy: 'Never',
          mutations: [
            {
              patchType: 'ApplyConfiguration',
              applyConfiguration: { expression: 'Object{metadata: Object.metadata{labels: {"example": "true"}}}' },
            },
          ],
        },
      },
      paths: ['$.kind'],
    },
    {
      object: {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingAdmissionPolicyBinding',
        metadata: { name: 'example' },
        spec: { policyName: 'example' },
      },
      paths: ['$.kind'],
    },
  ],
  'traffic-distribution': ['PreferSameZone', 'PreferSameNode'].map((trafficDistribution) => ({
    object: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: named,
      spec: { ports: [{ port: 80 }], trafficDistribution },
    },
    paths: ['$.spec.trafficDistribution'],
  })),
  'service-name': [
    {
      object: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: '1st', namespace: 'default' },
        spec: { ports: [{ port: 80 }] },
      },
      paths: ['$.metadata.name'],
    },
  ],
  'max-unavailable': [
    {
      object: inTemplate(
        'StatefulSet',
        { containers: [program] },
        {
          serviceName: 'example',
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1, maxUnavailable: 2 } },
        },
      ),
      paths: ['$.spec.updateStrategy.rollingUpdate.maxUnavailable'],
    },
  ],
  'autoscaler-tolerance': [
    {
      object: {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: named,
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'example' },
          maxReplicas: 3,
          behavior: {
            scaleUp: { stabilizationWindowSeconds: 0, tolerance: '50m' },
            scaleDown: { stabilizationWindowSeconds: 60, tolerance: '200m' },
          },
        },
      },
      paths: ['$.spec.behavior.scaleUp.tolerance', '$.spec.behavior.scaleDown.tolerance'],
    },
  ],
};

function fromFile(): object {
  return { name: 'TOKEN', valueFrom: { fileKeyRef: { volumeName: 'files', path: 'env', key: 'TOKEN' } } };
}
