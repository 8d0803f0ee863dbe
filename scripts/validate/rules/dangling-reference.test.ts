import { expect, test } from 'vitest';
import type { KubeObject } from '../../manifest/manifest.ts';
import type { RuleContext } from '../rule.ts';
import { danglingReference } from './dangling-reference.ts';

const metadata = { name: 'token', namespace: 'demo' };

/** A pod that reads keys of Secret `demo/token`. */
const pod = (...keys: readonly string[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'pod', namespace: 'demo' },
  spec: {
    containers: [
      { name: 'program', env: keys.map((key) => ({ name: key, valueFrom: { secretKeyRef: { name: 'token', key } } })) },
    ],
  },
});

function check(objects: readonly object[], existing: RuleContext['existing'] = []): string[] {
  const manifests = (objects as KubeObject[]).map((object) => ({ object, file: 'x.yaml', origin: { path: 'x' } }));
  return danglingReference
    .check(manifests, { existing })
    .map(({ manifest, message, help }) => `${manifest.object.kind}: ${message}. ${help}`);
}

const none = [
  'Pod: there is no Secret demo/token. Correct the name, make the object, or declare it as existing if something else makes it.',
];
const without = (key: string, has: string) => [`Pod: Secret demo/token has no key "${key}". It has: ${has}.`];

const sealed = (spec: object, changes: object = {}) => ({
  apiVersion: 'bitnami.com/v1alpha1',
  kind: 'SealedSecret',
  metadata,
  spec,
  ...changes,
});

const external = (spec: object, apiVersion = 'external-secrets.io/v1') => ({
  apiVersion,
  kind: 'ExternalSecret',
  metadata,
  spec,
});

test('a SealedSecret makes a Secret of its name, with the keys that are sealed and those of its template', () => {
  const object = sealed({ encryptedData: { token: 'AgA=', user: 'AgA=' }, template: { data: { url: '{{ .user }}' } } });
  expect(check([object, pod('token', 'user', 'url')])).toEqual([]);
  expect(check([object, pod('tokens')])).toEqual(without('tokens', 'token, user, url'));
  const elsewhere = sealed({ encryptedData: { token: 'AgA=' } }, { metadata: { ...metadata, namespace: 'web' } });
  expect(check([elsewhere, pod('token')])).toEqual(none);
  // What the template is called does not count: the controller takes the object's own name.
  const renamed = sealed(
    { encryptedData: { token: 'AgA=' }, template: { metadata } },
    { metadata: { ...metadata, name: 'other' } },
  );
  expect(check([renamed, pod('token')])).toEqual(none);
  expect(
    check([sealed({ encryptedData: { token: 'AgA=' } }, { apiVersion: 'example.test/v1' }), pod('token')]),
  ).toEqual(none);
});

test('an ExternalSecret makes a Secret of its name or its target, with the keys that it lists', () => {
  const data = [{ secretKey: 'token', remoteRef: { key: 'service' } }];
  for (const version of ['external-secrets.io/v1', 'external-secrets.io/v1beta1']) {
    expect(check([external({ data }, version), pod('token')])).toEqual([]);
    expect(check([external({ data }, version), pod('user')])).toEqual(without('user', 'token'));
  }
  expect(check([external({ data, target: { name: 'other' } }), pod('token')])).toEqual(none);
  const other = { ...external({ data, target: { name: 'token' } }), metadata: { ...metadata, name: 'other' } };
  expect(check([other, pod('token')])).toEqual([]);
  expect(check([external({ data }, 'example.test/v1'), pod('token')])).toEqual(none);
});

test('keys of an ExternalSecret that something else decides on are not known', () => {
  const specs = [
    { dataFrom: [{ extract: { key: 'service' } }] },
    { data: [{ secretKey: 'token' }], target: { template: { data: { url: '{{ .token }}' } } } },
    { data: [{ secretKey: 'token' }], target: { template: { templateFrom: [{ configMap: { name: 'url' } }] } } },
  ];
  for (const spec of specs) expect(check([external(spec), pod('url')])).toEqual([]);
  const labels = { data: [{ secretKey: 'token' }], target: { template: { metadata: { labels: { a: 'b' } } } } };
  expect(check([external(labels), pod('url')])).toEqual(without('url', 'token'));
});

test('an ExternalSecret that makes no Secret makes none', () => {
  const data = [{ secretKey: 'token' }];
  expect(check([external({ data, target: { creationPolicy: 'None' } }), pod('token')])).toEqual(none);
  const manifest = { apiVersion: 'v1', kind: 'ConfigMap' };
  expect(check([external({ data, target: { manifest } }), pod('token')])).toEqual(none);
  expect(check([external({ data, target: { creationPolicy: 'Orphan' } }), pod('token')])).toEqual([]);
});

test('what several objects put into one Secret is all there', () => {
  const one = external({ data: [{ secretKey: 'token' }], target: { name: 'token', creationPolicy: 'Merge' } });
  const objects = [sealed({ encryptedData: { user: 'AgA=' } }), one];
  expect(check([...objects, pod('token', 'user')])).toEqual([]);
  expect(check([...objects, pod('url')])).toEqual(without('url', 'user, token'));
});

test('a declared object has every key, unless the repository makes it after all', () => {
  const existing = [{ kind: 'Secret', namespace: 'demo', name: 'token' }];
  expect(check([pod('token')], existing)).toEqual([]);
  expect(check([sealed({ encryptedData: { user: 'AgA=' } }), pod('token')], existing)).toEqual(
    without('token', 'user'),
  );
});

test('a parameter without which a policy refuses everything exists', () => {
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'policy' },
    spec: { paramKind: { apiVersion: 'batch/v1', kind: 'CronJob' } },
  };
  const binding = (paramRef: object) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'binding' },
    spec: { policyName: 'policy', paramRef },
  });
  const named = binding({ name: 'brief', namespace: 'demo', parameterNotFoundAction: 'Deny' });
  const cronJob = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'brief', namespace: 'demo' } };
  const told = [
    'ValidatingAdmissionPolicyBinding: there is no CronJob demo/brief. Correct the name, make the object, or declare it as existing if something else makes it.',
  ];
  expect(check([policy, named])).toEqual(told);
  expect(check([policy, named, { ...cronJob, metadata: { name: 'brief', namespace: 'other' } }])).toEqual(told);
  expect(check([policy, named, cronJob])).toEqual([]);
  expect(check([policy, named], [{ kind: 'CronJob', namespace: 'demo', name: 'brief' }])).toEqual([]);
  expect(check([policy, binding({ name: 'brief', namespace: 'demo', parameterNotFoundAction: 'Allow' })])).toEqual([]);
  expect(check([policy, binding({ selector: {}, parameterNotFoundAction: 'Deny' })])).toEqual([]);
});
