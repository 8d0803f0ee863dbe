import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import type { KubeObject, Manifest } from '../../manifest/manifest.ts';
import { admissionPolicy } from './admission-policy.ts';

const namespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', labels: { tier: 'front' } },
};

/** Somebody's policy, in a form of its own: at most three replicas. */
const policy = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'few' },
  spec: {
    matchConstraints: {
      resourceRules: [
        { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'] },
      ],
    },
    variables: [{ name: 'replicas', expression: 'object.spec.?replicas.orValue(1)' }],
    validations: [
      {
        expression: 'variables.replicas <= 3',
        message: ' at most three replicas\n',
        messageExpression: "object.metadata.name + ' has ' + string(variables.replicas) + ' replicas'",
      },
    ],
  },
};

const binding = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: 'few-in-front' },
  spec: { policyName: 'few', validationActions: ['Deny'] },
};

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
  spec: { replicas: 4, paused: null },
};

const all = { namespace, policy, binding, deployment };

function violations(objects: readonly object[]): ReturnType<typeof admissionPolicy.check> {
  const manifests = objects.map(
    (object, index): Manifest => ({
      object: object as KubeObject,
      file: `${index}.yaml`,
      origin: { path: `${index}` },
    }),
  );
  return admissionPolicy.check(manifests, { existing: [] });
}

/** What is told about the objects above, with changes to their specs or metadata. */
function told(changes: { [name in keyof typeof all]?: object } = {}): string[] {
  const objects = Object.entries(all).map(([name, object]) => {
    const change: { metadata?: object; spec?: object } = changes[name as keyof typeof all] ?? {};
    return {
      ...object,
      ...change,
      metadata: { ...object.metadata, ...change.metadata },
      spec: { ...('spec' in object ? object.spec : {}), ...change.spec },
    };
  });
  return violations(objects).map(({ message }) => message);
}

const refused = ['web has 4 replicas'];

test('a refusal has the words of the policy, and names it', () => {
  expect(violations(Object.values(all))).toEqual([
    {
      manifest: { object: deployment, file: '3.yaml', origin: { path: '3' } },
      message: 'web has 4 replicas',
      why: 'The API server would refuse it, by ValidatingAdmissionPolicy few.',
      help: 'If it has to be so, change the policy, which holds in every namespace that its binding selects.',
    },
  ]);
  expect(told({ deployment: { spec: { replicas: 3 } } })).toEqual([]);
});

describe('the message', () => {
  const saying = (messageExpression: string | undefined, message: string | undefined) =>
    told({
      policy: { spec: { validations: [{ expression: 'variables.replicas <= 3', message, messageExpression }] } },
    });

  test.each([
    ["'  trimmed '", 'trimmed'],
    ["'two\\nlines'", 'the plain message'],
    ["' '", 'the plain message'],
    ['object.spec.nothing', 'the plain message'],
    ["'x'.isAFunctionOfNobody()", 'the plain message'],
    ['((', 'the plain message'],
    [undefined, 'the plain message'],
  ])('of messageExpression %s', (expression, expected) => {
    expect(saying(expression, ' the plain message\n')).toEqual([expected]);
  });

  test('is the expression when there is none', () => {
    expect(saying(undefined, undefined)).toEqual(['failed expression: variables.replicas <= 3']);
  });

  test('of more than 5 KiB is not taken', () => {
    const sentence = (length: number) => `'${'x'.repeat(length)}'`;
    expect(saying(sentence(5 * 1024), 'short')).toEqual(['x'.repeat(5 * 1024)]);
    expect(saying(sentence(5 * 1024 + 1), 'short')).toEqual(['short']);
  });
});

describe('what a policy is asked about', () => {
  const rule = policy.spec.matchConstraints.resourceRules[0];
  const constrained = (constraints: object) => told({ policy: { spec: { matchConstraints: constraints } } });

  test.each([
    [{ ...rule, apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }, refused],
    [{ ...rule, resources: ['*/*'] }, refused],
    [{ ...rule, resources: ['deployments/*'] }, refused],
    [{ ...rule, resources: ['deployments/status'] }, []],
    [{ ...rule, resources: ['statefulsets'] }, []],
    [{ ...rule, apiGroups: ['extensions'] }, []],
    [{ ...rule, apiVersions: ['v1beta1'] }, []],
    [{ ...rule, operations: ['UPDATE'] }, []],
    [{ ...rule, scope: 'Namespaced' }, refused],
    [{ ...rule, scope: 'Cluster' }, []],
    [{ ...rule, resourceNames: ['web'] }, refused],
    [{ ...rule, resourceNames: ['other'] }, []],
  ])('rule %j', (one, expected) => {
    expect(constrained({ resourceRules: [one] })).toEqual(expected);
  });

  test('excluded rules, and selectors of objects', () => {
    const resourceRules = [rule];
    expect(constrained({ resourceRules, excludeResourceRules: [rule] })).toEqual([]);
    expect(constrained({ resourceRules, objectSelector: { matchLabels: { app: 'web' } } })).toEqual(refused);
    expect(constrained({ resourceRules, objectSelector: { matchLabels: { app: 'api' } } })).toEqual([]);
  });

  const selecting = (namespaceSelector: object, changes: object = {}) =>
    told({ binding: { spec: { matchResources: { namespaceSelector } } }, ...changes });

  test.each([
    [{}, refused],
    [{ matchLabels: { tier: 'front' } }, refused],
    [{ matchLabels: { tier: 'back' } }, []],
    [{ matchLabels: { 'kubernetes.io/metadata.name': 'shop' } }, refused],
    [{ matchExpressions: [{ key: 'tier', operator: 'In', values: ['front', 'back'] }] }, refused],
    [{ matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['front'] }] }, []],
    [{ matchExpressions: [{ key: 'other', operator: 'NotIn', values: ['front'] }] }, refused],
    [{ matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, refused],
    [{ matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, []],
  ])('namespaces %j', (selector, expected) => {
    expect(selecting(selector)).toEqual(expected);
  });

  test('a namespace whose labels are not known: nothing that selects by them', () => {
    const elsewhere = { deployment: { metadata: { namespace: 'elsewhere' } } };
    expect(selecting({ matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, elsewhere)).toEqual([]);
    expect(selecting({}, elsewhere)).toEqual(refused);
  });

  test('never policies themselves', () => {
    const resourceRules = [{ ...rule, apiGroups: ['*'], resources: ['*'] }];
    const spec = { matchConstraints: { resourceRules }, validations: [{ expression: 'false', message: 'no' }] };
    const { deployment: _, ...others } = all;
    const objects = Object.values({ ...others, policy: { ...policy, spec } });
    expect(violations(objects).map(({ manifest }) => manifest.object.kind)).toEqual(['Namespace']);
  });
});

describe('what is not judged', () => {
  const conditional = (expression: string) =>
    told({ policy: { spec: { matchConditions: [{ name: 'condition', expression }] } } });

  test.each([
    ['oldObject == null', refused],
    ["request.operation == 'CREATE' && request.resource.resource == 'deployments'", refused],
    ["request.kind.kind == 'Deployment' && request.namespace == 'shop' && request.name == 'web'", refused],
    // Null in a manifest is a field that is not there.
    ['!has(object.spec.paused)', refused],
    ['object.spec.replicas + 1 == 5', refused],
    ["object.metadata.name == 'other'", []],
    ["request.userInfo.username == 'somebody'", []],
    ["authorizer.group('apps').resource('deployments').check('create').allowed()", []],
    ['namespaceObject.metadata.name == "shop"', []],
    ['((', []],
    ["object.metadata.name.matches('^w[a-z]+$')", refused],
    // RE2 has these, and JavaScript takes them for something else.
    ["!object.metadata.name.matches('^[[:alpha:]]+$')", []],
    ["!object.metadata.name.matches('^web\\\\z')", []],
    ["!object.metadata.name.matches(r'^\\pL+$')", []],
    ["!object.metadata.name.matches('(?i)^WEB$')", []],
  ])('condition %s', (expression, expected) => {
    expect(conditional(expression)).toEqual(expected);
  });

  test('nothing because of keys that mean something to JavaScript', () => {
    const labels = JSON.parse('{ "__proto__": "a", "constructor": "b" }');
    const expression = "object.metadata.labels['__proto__'] == 'a' && object.metadata.labels.constructor == 'b'";
    const matchConditions = [{ name: 'condition', expression }];
    expect(told({ deployment: { metadata: { labels } }, policy: { spec: { matchConditions } } })).toEqual(refused);
  });

  test('bindings that do not deny, or of another policy', () => {
    expect(told({ binding: { spec: { validationActions: ['Warn', 'Audit'] } } })).toEqual([]);
    expect(told({ binding: { spec: { validationActions: ['Audit', 'Deny'] } } })).toEqual(refused);
    expect(told({ binding: { spec: { policyName: 'other' } } })).toEqual([]);
  });

  test('parameters', () => {
    const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };
    expect(told({ policy: { spec: { paramKind } } })).toEqual([]);
    expect(told({ binding: { spec: { paramRef: { name: 'x' } } } })).toEqual([]);
  });

  test('a variable or an expression that the library cannot read or evaluate', () => {
    const changed = (spec: object) => told({ policy: { spec } });
    expect(changed({ variables: [{ name: 'replicas', expression: '((' }] })).toEqual([]);
    expect(changed({ variables: [{ name: 'replicas', expression: 'object.spec.nothing' }] })).toEqual([]);
    const readable = policy.spec.validations[0];
    expect(changed({ validations: [{ expression: '((' }, readable] })).toEqual(refused);
    expect(changed({ validations: [{ expression: "quantity('1') == object.spec.x" }, readable] })).toEqual(refused);
  });
});

test('the library is loaded for a policy alone', async () => {
  const rule = new URL('./admission-policy.ts', import.meta.url).href;
  const loaded = async (objects: readonly object[]) => {
    const manifests = JSON.stringify(objects.map((object) => ({ object, file: '', origin: { path: '' } })));
    const source = `
      import { createRequire } from 'node:module';
      import { admissionPolicy } from '${rule}';
      admissionPolicy.check(${manifests}, { existing: [] });
      console.log(Object.keys(createRequire('${rule}').cache).some((file) => file.includes('cel-js')));`;
    const { stdout } = await execa('node', ['--input-type=module', '--eval', source], { preferLocal: true });
    return stdout;
  };
  expect([await loaded([namespace, deployment]), await loaded([policy, binding])]).toEqual(['false', 'true']);
});
