import { describe, expect, test } from 'vitest';
import { changed, file, path, render, strict, token } from './testing/sealed-secret.ts';

/** `template:` with more in it. */
const inTemplate = (lines: string) => changed('  template:\n', `  template:\n${lines}`);

describe('refused, with what to do', () => {
  const setAny = 'chitin secrets set test demo/agent-token KEY';
  test('a file that is missing: the commands that make it', () => {
    expect(render(undefined, 'namespace-wide')).toEqual({
      objects: [],
      findings: [],
      problems: [
        {
          message: `secret demo/agent-token: there is no ${path}`,
          why: 'It needs token (token of the service), user (its user).',
          help: 'Give it its values: chitin secrets set test demo/agent-token token && chitin secrets set test demo/agent-token user',
        },
      ],
    });
  });

  const notASealedSecret = {
    message: `${path}: not a SealedSecret in YAML`,
    help: 'It must hold one bitnami.com/v1alpha1 SealedSecret. Remove it, and give its values again: chitin secrets set test demo/agent-token token && chitin secrets set test demo/agent-token user. If a readable value was ever committed in it, replace the value: it is public.',
  };
  const named = (holds: string, why: string | undefined) => ({
    message: `${path}: it holds ${holds}, and its path says demo/agent-token`,
    why,
    help: `Rename the file, or remove it and give its values again: ${setAny}`,
  });
  const renamed = (message: string) => ({
    message: `${path}: ${message}`,
    why: 'kubeseal writes the same into both, so one of them was changed by hand since.',
    help: `Remove the file, and give its values again: ${setAny}`,
  });
  const twoScopes = (outer: string, inner: string) => ({
    message: `${path}: the annotations of metadata say scope ${outer}, those of spec.template.metadata ${inner}`,
    why: 'kubeseal writes the same into both, so one was changed by hand since. A value is encrypted with its scope, and the controller opens it with the one in metadata.',
    help: `Remove the file, and give its values again: ${setAny}`,
  });
  const notSealed = (what: string) => ({
    message: `${path}: not sealed: ${what}`,
    why: 'Whoever can read the repository can read what is not sealed.',
    help: `Remove what can be read, and give the values again: ${setAny}. If a value was ever committed like this, replace it: it is public.`,
  });
  const more = (what: string) => ({
    message: `${path}: it holds what would not reach the cluster: ${what}`,
    why: 'The SealedSecret in dist is made from the name, the scope and the sealed values alone.',
    help: 'Remove it.',
  });
  const bound = 'Its values are encrypted with their namespace and name: the controller opens them under no other.';
  const wide = 'sealedsecrets.bitnami.com/cluster-wide: "true"';
  const inBoth = (from: RegExp, to: string) => changed(from, to).replace(from, to);

  const cases: readonly [string, () => string, readonly object[]][] = [
    ['text that is not YAML', () => 'kind: [SealedSecret\n', [notASealedSecret]],
    ['no text', () => '', [notASealedSecret]],
    ['two documents', () => `${strict}${strict}`, [notASealedSecret]],
    ['a Secret', () => changed('bitnami.com/v1alpha1\nkind: SealedSecret', 'v1\nkind: Secret'), [notASealedSecret]],
    ['another version', () => changed('v1alpha1', 'v1'), [notASealedSecret]],
    ['no spec', () => strict.slice(0, strict.indexOf('spec:')), [notASealedSecret]],
    ['values that are text', () => changed(/encryptedData:\n.*\n.*\n/, 'encryptedData: text\n'), [notASealedSecret]],
    ['another name', () => inBoth(/name: agent-token/, 'name: other'), [named('demo/other', bound)]],
    ['another namespace', () => inBoth(/namespace: demo/, 'namespace: web'), [named('web/agent-token', bound)]],
    ['no namespace', () => inBoth(/ {2}(?: {4})?namespace: demo\n/, ''), [named('(none)/agent-token', bound)]],
    [
      'a name that was changed in one place',
      () => changed(/( {6})name: agent-token/, '$1name: other'),
      [renamed('spec.template.metadata.name is other, and metadata.name is agent-token')],
    ],
    [
      'a name that was changed in the other place',
      () => changed('name: agent-token', 'name: other'),
      [named('demo/other', bound), renamed('spec.template.metadata.name is agent-token, and metadata.name is other')],
    ],
    [
      'a scope in metadata alone',
      () => changed('metadata:\n', `metadata:\n  annotations:\n    ${wide}\n`),
      [twoScopes('cluster-wide', 'strict')],
    ],
    [
      'a scope in the template alone',
      () => changed('    metadata:\n', `    metadata:\n      annotations:\n        ${wide}\n`),
      [twoScopes('strict', 'cluster-wide')],
    ],
    ['a value in plain text', () => changed(token, 'readable'), [notSealed('spec.encryptedData.token')]],
    ['a value in base64', () => changed(token, 'cmVhZGFibGU='), [notSealed('spec.encryptedData.token')]],
    ['a value that is cut off', () => changed(token, token.slice(0, 300)), [notSealed('spec.encryptedData.token')]],
    ['a number', () => changed(token, '1234'), [notSealed('spec.encryptedData.token')]],
    [
      'values of a Secret beside the sealed ones',
      () => `${strict}data:\n  a: cmVhZGFibGU=\nstringData:\n  b: readable\n`,
      [notSealed('data.a, stringData.b')],
    ],
    [
      'values in the template',
      () => inTemplate('    data:\n      url: readable {{ .token }}\n    stringData: readable\n'),
      [notSealed('spec.template.data.url, spec.template.stringData')],
    ],
    [
      'fields that nobody knows',
      () =>
        `${inTemplate('    values: readable\n').replace('spec:\n', 'spec:\n  stringData: { a: b }\n  plain: readable\n')}notes: readable\n`,
      [notSealed('spec.stringData.a, notes, spec.plain, spec.template.values')],
    ],
    [
      'a template that is text',
      () => `${strict.slice(0, strict.indexOf('  template:'))}  template: readable\n`,
      [notSealed('spec.template')],
    ],
    [
      'an exported Secret, in both places',
      () =>
        inBoth(
          /metadata:\n( *)name/,
          'metadata:\n$1annotations: { kubectl.kubernetes.io/last-applied-configuration: readable, kubecfg.ksonnet.io/last-applied-configuration: readable }\n$1name',
        ),
      [
        notSealed(
          ['metadata', 'spec.template.metadata']
            .flatMap((where) => [
              `${where}.annotations["kubectl.kubernetes.io/last-applied-configuration"]`,
              `${where}.annotations["kubecfg.ksonnet.io/last-applied-configuration"]`,
            ])
            .join(', '),
        ),
      ],
    ],
    [
      'comments, in lines of their own and behind values',
      () => `# readable\n${changed(`token: ${token}`, `token: ${token} # readable`)}`,
      [notSealed('the comment in line 1, the comment in line 10')],
    ],
    [
      'a whole Secret as one value',
      () => changed('spec:\n', `spec:\n  data: ${token}\n`),
      [
        {
          message: `${path}: spec.data is the old form, in which a whole Secret is one value`,
          why: 'Which keys it holds cannot be seen, and the controller refuses it beside spec.encryptedData.',
          help: `Remove the file, and give its values again: ${setAny}`,
        },
      ],
    ],
    [
      'what the object made of it has no place for',
      () =>
        `${inBoth(/metadata:\n( *)name/, 'metadata:\n$1annotations: { sealedsecrets.bitnami.com/managed: "true", sealedsecrets.bitnami.com/cluster-wide: "yes" }\n$1labels: { team: demo }\n$1name')}status:\n  observedGeneration: 1\n`,
      [
        more(
          [
            ...['metadata', 'spec.template.metadata'].flatMap((where) => [
              `${where}.labels`,
              `${where}.annotations["sealedsecrets.bitnami.com/managed"]`,
              `${where}.annotations["sealedsecrets.bitnami.com/cluster-wide"]`,
            ]),
            'status',
          ].join(', '),
        ),
      ],
    ],
    [
      'another type',
      () => inTemplate('    type: kubernetes.io/tls\n'),
      [
        {
          message: `${path}: spec.template.type is not Opaque`,
          why: 'Whoever reads the Secret looks for that type, and Kubernetes does not let it be changed later.',
          help: 'Remove it.',
        },
      ],
    ],
    [
      'a Secret that could not be changed any more',
      () => inTemplate('    immutable: true\n'),
      [
        {
          message: `${path}: spec.template.immutable is set`,
          why: 'The controller could not change the Secret any more: a new value would never arrive.',
          help: 'Remove it.',
        },
      ],
    ],
  ];
  test.each(cases)('%s', (_, text, problems) => {
    expect(render(text())).toEqual({ objects: [], findings: [], problems });
  });

  const otherScope = (declared: string, scope: string, why: string, help: string) => ({
    objects: [],
    findings: [],
    problems: [{ message: `${path}: sealed with scope ${declared}, and the cluster's is ${scope}`, why, help }],
  });

  test('a narrower scope than the cluster has: the controller could not open it', () => {
    const why = (scope: string) =>
      `A value is encrypted with its scope: as a ${scope} one the controller could not open it.`;
    expect(render(strict, 'namespace-wide')).toEqual(
      otherScope(
        'strict',
        'namespace-wide',
        why('namespace-wide'),
        `Remove the file, and give its values again: ${setAny}. Or give sealedSecrets() no \`scope\`.`,
      ),
    );
    expect(render(file('namespace-wide'), 'cluster-wide')).toEqual(
      otherScope(
        'namespace-wide',
        'cluster-wide',
        why('cluster-wide'),
        `Remove the file, and give its values again: ${setAny}. Or give sealedSecrets() \`scope: 'namespace-wide'\`.`,
      ),
    );
  });

  test('a wider scope than the cluster has: others could copy it', () => {
    const help = (declared: string) =>
      `Remove the file, and give it new values, since these stay in the history of the repository: ${setAny}. Or give sealedSecrets() \`scope: '${declared}'\`.`;
    expect(render(file('namespace-wide'))).toEqual(
      otherScope(
        'namespace-wide',
        'strict',
        'Whoever may create a SealedSecret of any name in its namespace could open the values.',
        help('namespace-wide'),
      ),
    );
    expect(render(file('cluster-wide'), 'namespace-wide')).toEqual(
      otherScope(
        'cluster-wide',
        'namespace-wide',
        'Whoever may create a SealedSecret in any namespace could open the values.',
        help('cluster-wide'),
      ),
    );
  });

  test('keys that are missing, and keys that nothing needs', () => {
    expect(render(strict, 'strict', { token: 'token of the service', users: 'its users' })).toEqual({
      objects: [],
      findings: [],
      problems: [
        {
          message: `${path}: key "users" is missing (its users)`,
          help: 'Give it a value: chitin secrets set test demo/agent-token users',
        },
        {
          message: `${path}: key "user" is needed by nothing`,
          help: 'Remove it: chitin secrets remove test demo/agent-token user',
        },
      ],
    });
  });

  test('all that is wrong, at once', () => {
    const text = `# readable\n${inTemplate('    immutable: true\n    type: kubernetes.io/tls\n    data: { a: b }\n')
      .replace('name: agent-token', 'name: other')
      .replace('spec:\n', 'spec:\n  data: AA==\n')
      .replace(token, 'readable')}status: { conditions: [] }\n`;
    const { problems } = render(text, 'cluster-wide', { users: 'its users' });
    expect(problems.map(({ message }) => message.slice(`${path}: `.length))).toEqual([
      'it holds demo/other, and its path says demo/agent-token',
      'spec.template.metadata.name is agent-token, and metadata.name is other',
      "sealed with scope strict, and the cluster's is cluster-wide",
      'not sealed: spec.encryptedData.token, spec.template.data.a, the comment in line 1',
      'spec.data is the old form, in which a whole Secret is one value',
      'it holds what would not reach the cluster: status',
      'spec.template.type is not Opaque',
      'spec.template.immutable is set',
      'key "users" is missing (its users)',
      'key "token" is needed by nothing',
      'key "user" is needed by nothing',
    ]);
  });
});

test('no message holds a value, readable or sealed', () => {
  const secret = 'correct-horse-battery-staple';
  const texts = [
    changed(token, secret),
    changed(token, `{ deeper: ${secret} }`),
    changed(token, `[${secret}]`),
    changed(/encryptedData:\n.*\n.*\n/, `encryptedData: ${secret}\n`),
    changed(token, `${secret}\n bad: [${secret}`),
    inTemplate(`    data: { url: ${secret} }\n    type: ${secret}\n    immutable: ${secret}\n`),
    changed('metadata:\n', `metadata:\n  annotations: { note: ${secret} }\n  labels: { note: ${secret} }\n`),
    changed('spec:\n', `spec:\n  data: ${secret}\n`),
    `# ${secret}\n${strict}`,
    `${strict}status: ${secret}\n`,
    `${secret}: [`,
    `${secret}\n`,
    `stringData:\n  token: ${secret}\n`,
  ];
  for (const text of texts) {
    const { problems, objects } = render(text);
    expect(objects).toEqual([]);
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toMatch(new RegExp(`horse|${RegExp.escape(token.slice(0, 20))}`));
  }
});
