import { CORE_SCHEMA, load, YAML11_SCHEMA } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { awkwardStrings, randomObject } from './testing/awkward-strings.ts';
import { type Json, toYaml } from './yaml.ts';

const text = (...lines: string[]): string => lines.map((line) => `${line}\n`).join('');

describe('layout', () => {
  it('is what people write by hand', () => {
    const object = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'claw', namespace: 'zeroclaw', labels: { 'app.kubernetes.io/name': 'claw' }, annotations: {} },
      spec: {
        replicas: 1,
        template: {
          spec: {
            automountServiceAccountToken: false,
            containers: [
              {
                name: 'agent',
                image: 'ghcr.io/example/agent:1.2.3@sha256:0123',
                args: ['-c', '--port=80'],
                ports: [{ containerPort: 80 }],
              },
              { name: 'tool', env: [] },
            ],
            nodeName: null,
          },
        },
      },
    };
    expect(toYaml(object)).toBe(
      text(
        'apiVersion: apps/v1',
        'kind: StatefulSet',
        'metadata:',
        '  name: claw',
        '  namespace: zeroclaw',
        '  labels:',
        '    app.kubernetes.io/name: claw',
        '  annotations: {}',
        'spec:',
        '  replicas: 1',
        '  template:',
        '    spec:',
        '      automountServiceAccountToken: false',
        '      containers:',
        '      - name: agent',
        '        image: ghcr.io/example/agent:1.2.3@sha256:0123',
        '        args:',
        '        - -c',
        '        - --port=80',
        '        ports:',
        '        - containerPort: 80',
        '      - name: tool',
        '        env: []',
        '      nodeName: null',
      ),
    );
  });

  it('nests sequences in sequences', () => {
    expect(toYaml({ a: [[1, [2, 3]], [], [{ b: [4], c: 5 }]] })).toBe(
      text('a:', '- - 1', '  - - 2', '    - 3', '- []', '- - b:', '    - 4', '    c: 5'),
    );
  });

  it.each([
    [{}, '{}\n'],
    [[], '[]\n'],
    [['a'], '- a\n'],
    [null, 'null\n'],
    ['a', 'a\n'],
    ['a\nb', '|-\n  a\n  b\n'],
  ] satisfies [Json, string][])('writes %j at the top', (value, expected) => {
    expect(toYaml(value)).toBe(expected);
  });

  it('never folds a line', () => {
    const long = 'word '.repeat(1000).trim();
    expect(toYaml({ a: long, b: [`${long}:`] })).toBe(text(`a: ${long}`, 'b:', `- "${long}:"`));
  });
});

describe('strings of one line', () => {
  it.each([
    ...['claw', 'https://a.test:443/x?y=1#z', '/var/lib', 'a b', 'a:b', 'a#b', "it's", 'say "a"', 'a, b', '$(A)'],
    ...['-c', '--flag=x', '_', '100m', '512Mi', '30s', '25%', '10.0.0.0/8', '2001-12-14 is a day', 'none'],
    ...['8080/TCP'],
  ])('leaves %j plain', (value) => {
    expect(toYaml([value, { [value]: [value] }])).toBe(text(`- ${value}`, `- ${value}:`, `  - ${value}`));
  });

  it.each([
    ...['', ' ', 'y', 'N', 'No', 'on', 'OFF', 'true', 'Null', '~', '<<', '=', '.inf', '.5', '0', '0o17', '0x1F'],
    ...['1_000', '-_1', '1e3', 'e1', '-e5', '1:30', '2001-12-14', '1.2.3', '+1', '-', '---', '...', '- a', '? a'],
    ...['a: b', 'a:', 'a #b', '# a', 'a ', ' a', '{a', '[a', '&a', '*a', '!a', '|', '>', '%a', '@a', '`a', "'a"],
    ...['"a', '\\a', 'café'],
  ])('quotes %j', (value) => {
    const quoted = JSON.stringify(value);
    expect(toYaml([value, { [value]: [value] }])).toBe(text(`- ${quoted}`, `- ${quoted}:`, `  - ${quoted}`));
  });

  it('escapes what go-yaml refuses, takes for a line break or drops', () => {
    const value = '\0\t\u001b\u007f\u0080\u0085\u009f\u2028\u2029\ufeff\ufffe\uffff';
    expect(toYaml([value])).toBe(
      '- "\\u0000\\t\\u001b\\u007f\\u0080\\u0085\\u009f\\u2028\\u2029\\ufeff\\ufffe\\uffff"\n',
    );
  });

  it('escapes what would reorder the text on the screen', () => {
    expect(toYaml(['a\u202eb\u2066c'])).toBe('- "a\\u202eb\\u2066c"\n');
  });

  it('leaves other characters readable in quotes', () => {
    expect(toYaml(['é 中 😀 👩\u200d💻'])).toBe('- "é 中 😀 👩\u200d💻"\n');
  });
});

describe('strings of several lines', () => {
  it.each([
    ['a\nb', '|-', '    a', '    b'],
    ['a\nb\n', '|', '    a', '    b'],
    ['a\n', '|', '    a'],
    ['a\n\n', '|+', '    a', ''],
    ['a\n\n b\n\n\n', '|+', '    a', '', '     b', '', ''],
    ['\n\na', '|-', '', '', '    a'],
    ['  a\nb', '|2-', '      a', '    b'],
    ['\n a\n', '|2', '', '     a'],
    ['\n\ta\n', '|2', '', '    \ta'],
    ['all:\n\tgo build  \n', '|', '    all:', '    \tgo build  '],
    ['a\n   \nb\n', '|', '    a', '       ', '    b'],
    ['---\n# a: "b"\n', '|', '    ---', '    # a: "b"'],
    ['é\n😀\n', '|', '    é', '    😀'],
  ])('writes %j as a block', (value, header, ...lines) => {
    expect(toYaml({ a: { b: value } })).toBe(text('a:', `  b: ${header}`, ...lines));
  });

  it('indents a block in a sequence by two', () => {
    expect(toYaml({ a: ['b\nc', ['\n d\n']] })).toBe(text('a:', '- |-', '  b', '  c', '- - |2', '', '     d'));
  });

  it.each([
    ['\n', '"\\n"'],
    [' \n\n', '" \\n\\n"'],
    ['\tgo build\n', '"\\tgo build\\n"'],
    ['a\n ', '"a\\n "'],
    ['a\n\t\n\n', '"a\\n\\t\\n\\n"'],
    ['a\r\nb', '"a\\r\\nb"'],
    ['a\n\u0085', '"a\\n\\u0085"'],
    ['a\n\ufeffb', '"a\\n\\ufeffb"'],
    ['a\n\u001b[0m', '"a\\n\\u001b[0m"'],
    ['a\n\u202eb', '"a\\n\\u202eb"'],
  ])('quotes %j on one line', (value, expected) => {
    expect(toYaml({ a: value })).toBe(`a: ${expected}\n`);
  });
});

describe('keys', () => {
  it('are never blocks', () => {
    expect(toYaml({ 'a\nb\n': 1 })).toBe('"a\\nb\\n": 1\n');
  });

  it('beyond 1,024 characters are marked as keys', () => {
    const [fits, long] = ['k'.repeat(1024), 'k'.repeat(1025)];
    expect(toYaml({ [fits]: 1 })).toBe(`${fits}: 1\n`);
    expect(toYaml([{ [long]: { a: [1] }, [`${long}2`]: [2] }])).toBe(
      text(`- ? ${long}`, '  :', '    a:', '    - 1', `  ? ${long}2`, '  :', '  - 2'),
    );
  });
});

describe('numbers', () => {
  it.each([
    [0, '0'],
    [-1.5, '-1.5'],
    [2 ** 53 - 1, '9007199254740991'],
    [1e-7, '1.0e-7'],
    [-5e-324, '-5.0e-324'],
    [1.25e-9, '1.25e-9'],
  ])('writes %d as %s', (value, expected) => {
    expect(toYaml([value])).toBe(`- ${expected}\n`);
  });
});

describe('what cannot be written', () => {
  class Size {
    readonly bytes = 1;
  }
  it.each([
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [-0, '-0'],
    [2 ** 53, '9007199254740992'],
    [-1e300, '-1e+300'],
    ['secret \ud800', 'a string with a lone surrogate'],
    ['secret\n\udc00', 'a string with a lone surrogate'],
    [undefined, 'undefined'],
    [() => 1, 'function'],
    [1n, 'bigint'],
    [new Date(0), 'an object that is not plain'],
    [new Map([['a', 1]]), 'an object that is not plain'],
    [new Size(), 'an object that is not plain'],
    [new Uint8Array(1), 'an object that is not plain'],
  ])('is refused by its path: %o', (value, what) => {
    const object = { metadata: { labels: { a: ['b', { c: 'd' }] } }, spec: { 'a.b/c': [0, { x: value }] } };
    expect(() => toYaml(object as Json)).toThrow(
      new Error(`$.spec["a.b/c"][1].x: YAML for Kubernetes cannot hold ${what}`),
    );
  });

  it('names a key by its escapes', () => {
    expect(() => toYaml({ data: { '\ud800': 'a' } })).toThrow(
      new Error('$.data["\\ud800"]: YAML for Kubernetes cannot hold a string with a lone surrogate'),
    );
  });

  it('takes objects without a prototype', () => {
    expect(toYaml(Object.assign(Object.create(null), { a: 1 }))).toBe('a: 1\n');
  });
});

describe.each([
  ['1.2', CORE_SCHEMA],
  ['1.1', YAML11_SCHEMA],
])('read back as YAML %s', (_, schema) => {
  const readBack = (value: Json): unknown => {
    try {
      return load(toYaml(value), { schema });
    } catch (error) {
      return error;
    }
  };

  it('awkward strings', () => {
    for (const value of awkwardStrings) {
      const object = { before: 1, a: [value, [value], { b: value }], [value]: { [value]: value, c: 1 }, after: 2 };
      expect.soft(readBack(object), JSON.stringify(value).slice(0, 80)).toStrictEqual(object);
    }
  });

  it('nested values', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const object = randomObject(seed);
      expect.soft(readBack(object), `seed ${seed}`).toStrictEqual(object);
    }
  });
});
