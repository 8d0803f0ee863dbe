import { ApiObject } from 'cdk8s';
import { expect, test } from 'vitest';
import type { AgentProps } from '../agent/props.ts';
import type { ClusterProps } from '../cluster.ts';
import { type Image, image, images } from '../images.ts';
import { reportedBelow } from '../problem.ts';
import { custom } from '../runtimes/custom.ts';
import { imageSeed } from '../seeds/index.ts';
import type { Signer } from '../signers.ts';
import { derive, oneAgent, problemsOf, program, rendered } from '../testing/cluster.ts';
import { kyverno } from './kyverno.ts';

const key: Signer = {
  key: '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n',
};
const zeroClawSigner = {
  issuer: 'https://token.actions.githubusercontent.com',
  subjectRegExp:
    '^https://github\\.com/zeroclaw-labs/zeroclaw/\\.github/workflows/(release-stable-manual|docker-publish)\\.yml@refs/(tags/v[0-9]+\\.[0-9]+\\.[0-9]+|heads/master)$',
};
const workspace = 'oci.example.test/zeroclaw/workspace';

function verified(
  own: Image,
  cluster: Partial<ClusterProps> = {},
  props: Partial<AgentProps<never, 'restricted'>> = {},
) {
  const runtime = custom({
    ...program,
    image: own,
    state: [{ name: 'state', path: '/state' }],
    workspace: '/state/workspace',
    shell: true,
  });
  return oneAgent({ runtime, ...props }, { imageVerification: kyverno(), ...cluster });
}

/** What the policies of a cluster say: repositories and their signers, and what is admitted without one. */
function policies({ cluster }: ReturnType<typeof verified>) {
  const objects = rendered(cluster);
  const spec = objects['ImageValidatingPolicy chitin-signed-images']?.spec;
  const known = objects['ValidatingAdmissionPolicy chitin-known-images'];
  return {
    images: spec?.matchImageReferences.map(({ glob }: { glob: string }) => glob),
    attestors: spec?.attestors,
    expressions: spec?.validations.map(({ expression }: { expression: string }) => expression.split('.filter')[1]),
    known: known?.metadata.annotations['kubernetes.io/description'],
  };
}
const findings = ({ cluster }: ReturnType<typeof verified>) => {
  derive(cluster);
  return reportedBelow(cluster).findings.map(
    ({ construct, item }) => `${construct.node.path} ${item.rule}: ${item.message}`,
  );
};

test('a signed image is verified where the cluster gets it from', () => {
  const mirrors = { 'ghcr.io': 'mirror.example.test/ghcr.io' };
  const repository = 'mirror.example.test/ghcr.io/zeroclaw-labs/zeroclaw';
  expect(policies(verified(images.zeroClaw, { images: { mirrors } }))).toEqual({
    images: [`${repository}:*`, `${repository}@*`],
    attestors: [{ name: 'signer1', cosign: { keyless: { identities: [zeroClawSigner] } } }],
    expressions: [
      `(i, i.startsWith("${repository}:") || i.startsWith("${repository}@")).all(i, verifyImageSignatures(i, [attestors.signer1]) > 0)`,
    ],
    known: `Every image is of a repository whose signer is known (${repository}), or of one that is listed as signed by nobody (none).`,
  });
});

test('the policy looks at every image of a pod and at nothing but pods', () => {
  const { cluster } = verified(images.zeroClaw, { imageVerification: kyverno({ pullSecrets: ['mirror'] }) });
  const { attestors, matchImageReferences, validations, ...spec } =
    rendered(cluster)['ImageValidatingPolicy chitin-signed-images']?.spec ?? {};
  expect(spec).toEqual({
    failurePolicy: 'Fail',
    validationActions: ['Deny'],
    webhookConfiguration: { timeoutSeconds: 30 },
    matchConstraints: {
      resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['pods'] }],
      namespaceSelector: { matchLabels: { 'chitin.dev/managed': 'true' } },
    },
    matchConditions: [
      {
        name: 'pod-spec-is-new',
        expression: 'oldObject == null || !has(oldObject.spec) || object.spec != oldObject.spec',
      },
    ],
    autogen: { podControllers: { controllers: [] } },
    credentials: { secrets: ['mirror'] },
    images: [
      {
        name: 'volumes',
        expression: 'object.spec.?volumes.orValue([]).filter(v, has(v.image)).map(v, v.image.reference)',
      },
    ],
    validationConfigurations: { mutateDigest: true, verifyDigest: false, required: true },
  });
  expect(validations[0].expression).toMatch(
    /^\(images\.containers \+ images\.initContainers \+ images\.ephemeralContainers \+ images\.volumes\)\.filter/,
  );
});

test('an image brings its signer, and the cluster has signers for others: it counts what is used', () => {
  const signer: Signer = { keyless: { issuer: 'https://issuer.example.test', subject: 'builder@example.test' } };
  const made = verified(
    { ...image('registry.example.test/own:1'), signer },
    { images: { signers: { [workspace]: key, 'registry.example.test/unused': key } } },
    { containers: [{ name: 'beside', image: `${workspace}:1` }] },
  );
  expect(policies(made)).toEqual({
    images: [`${workspace}:*`, `${workspace}@*`, 'registry.example.test/own:*', 'registry.example.test/own@*'],
    attestors: [
      { name: 'signer1', cosign: { key: { data: key.key } } },
      { name: 'signer2', cosign: { keyless: { identities: [signer.keyless] } } },
    ],
    expressions: [expect.stringContaining('[attestors.signer1]'), expect.stringContaining('[attestors.signer2]')],
    known: `Every image is of a repository whose signer is known (${workspace}, registry.example.test/own), or of one that is listed as signed by nobody (none).`,
  });
  expect(findings(made)).toEqual([]);
});

test('one of two signers of a repository is enough', () => {
  const made = verified({ ...image('registry.example.test/own:1'), signer: key });
  const other = { key: key.key.replace('MFkw', 'MFkx') };
  const seed = imageSeed({ ...image('registry.example.test/own:2'), signer: other });
  const both = verified({ ...image('registry.example.test/own:1'), signer: key }, {}, { seed });
  expect(policies(made).attestors).toHaveLength(1);
  expect(policies(both).attestors).toHaveLength(2);
  expect(policies(both).expressions).toEqual([
    expect.stringContaining('verifyImageSignatures(i, [attestors.signer1, attestors.signer2]) > 0'),
  ]);
});

test('an image that nobody signs is listed and told, wherever it is', () => {
  const made = verified(image('registry.example.test/own:1'));
  new ApiObject(made.app, 'job', {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'job' },
    spec: {
      jobTemplate: {
        spec: {
          template: {
            spec: {
              initContainers: [{ name: 'first', image: 'registry.example.test/first:1' }],
              containers: [{ name: 'main', image: images.zeroClaw.repository }],
              volumes: [
                { name: 'files', image: { reference: 'registry.example.test/files:1' } },
                { name: 'empty', emptyDir: {} },
              ],
            },
          },
        },
      },
    },
  });
  expect(findings(made)).toEqual([
    'app/agent/StatefulSet image-unsigned: image registry.example.test/own:1 has no signer that the cluster knows',
    'app/job image-unsigned: image registry.example.test/first:1 has no signer that the cluster knows',
    'app/job image-unsigned: image registry.example.test/files:1 has no signer that the cluster knows',
  ]);
  expect(policies(made).known).toBe(
    'Every image is of a repository whose signer is known (ghcr.io/zeroclaw-labs/zeroclaw), or of one that is listed as signed by nobody (registry.example.test/files, registry.example.test/first, registry.example.test/own).',
  );
});

test('without signed images there is nothing to verify, and nothing else is admitted still', () => {
  const made = verified(image('registry.example.test/own:1'));
  const objects = Object.keys(rendered(made.cluster));
  expect(objects.filter((name) => /ImageValidatingPolicy|AdmissionPolicy/.test(name))).toEqual([
    'ValidatingAdmissionPolicy chitin-known-images',
    'ValidatingAdmissionPolicyBinding chitin-known-images',
  ]);
});

test('a cluster that does not verify images has none of it', () => {
  const { cluster } = oneAgent({ runtime: custom({ ...program, image: images.zeroClaw }) });
  expect(Object.keys(rendered(cluster)).filter((name) => /Policy chitin-/.test(name))).toEqual([]);
  expect(reportedBelow(cluster).findings).toEqual([]);
});

test.each<[Signer, string]>([
  [
    { key: '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\neyJ\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n' },
    'signer of registry.example.test/own: `key` is not a public key in PEM',
  ],
  [
    { keyless: { issuer: 'token.actions.githubusercontent.com', subject: 'any' } },
    'signer of registry.example.test/own: issuer "token.actions.githubusercontent.com" is not an https:// URL',
  ],
  [
    { keyless: { issuer: 'https://issuer.example.test', subjectRegExp: '^https://github.com/own/' } },
    'signer of registry.example.test/own: subjectRegExp "^https://github.com/own/" does not go from ^ to $',
  ],
])('a signer that is wrong is told: %j', (signer, message) => {
  const signers = { 'registry.example.test/own': signer };
  const { cluster } = verified(image('registry.example.test/own:1'), { images: { signers } });
  expect(problemsOf(cluster).map((problem) => problem.message)).toEqual([message]);
});
