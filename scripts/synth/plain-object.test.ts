import {
  ApiObject,
  type ApiObjectProps,
  App,
  Chart,
  type IResolver,
  JsonPatch,
  Lazy,
  type ResolutionContext,
} from 'cdk8s';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import lab from '../../clusters/lab/cluster.ts';
import { plainObject } from './plain-object.ts';

beforeAll(() => {
  // As `render` sets it.
  vi.stubEnv('CDK8S_DISABLE_SORT', '1');
});

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } };

function made(props: object, resolvers: IResolver[] = []): ApiObject {
  const chart = new Chart(new App({ outdir: '/nowhere', resolvers }), 'app', {
    namespace: 'demo',
    labels: { team: 'a', app: 'b' },
  });
  return new ApiObject(chart, 'object', { ...configMap, ...props } as ApiObjectProps);
}

/** Everything, with the order of keys, but that of the fields of metadata. */
function text(json: object | undefined): string | undefined {
  if (!json || !('metadata' in json)) return undefined;
  const { metadata, ...rest } = json;
  return JSON.stringify([Object.keys(json), rest, Object.entries(metadata as object).sort()]);
}

describe('the short way gives what cdk8s gives', () => {
  test.each<[string, object]>([
    ['plain data', { data: { b: '1', a: '2' }, immutable: true }],
    ['what is empty', { data: {}, list: [], nested: { deep: [{}], text: '' } }],
    ['undefined and null members', { data: { a: undefined, b: '1', c: null, d: { e: undefined } }, gone: undefined }],
    ['a change deep in a list', { list: [{ a: 1 }, { a: null, b: [{ c: undefined, d: 2 }] }, 'x'] }],
    ['numbers', { list: [0, 1, -1, 0.5, 1.5e-7, Number.MAX_SAFE_INTEGER] }],
    [
      'metadata before the rest',
      { data: { a: '1' }, metadata: { name: 'n', namespace: 'other', labels: { z: '1', a: '2' } } },
    ],
    ['empty metadata', { metadata: { name: 'n', labels: {}, annotations: {} } }],
    ['annotations', { metadata: { name: 'n', annotations: { b: '1', a: '' } } }],
    ['keys in any order', { zoo: 1, metadata: { name: 'n' }, kind: 'Zoo', alpha: 2, apiVersion: 'example.test/v1' }],
    [
      'Lazy values',
      { spec: Lazy.any({ produce: () => ({ a: Lazy.any({ produce: () => [{ b: undefined, c: 1 }] }) }) }) },
    ],
    ['a Lazy value of nothing', { spec: Lazy.any({ produce: () => undefined }), data: { a: '1' } }],
    ['keys like methods', { data: { toString: 'a', hasOwnProperty: 'b', resolve: 'c' } }],
  ])('%s', (_, props) => {
    const object = made(props);
    expect(plainObject(object)).toBeDefined();
    expect(text(plainObject(object)?.json)).toBe(text(object.toJson()));
  });

  test('labels that are added later', () => {
    const object = made({});
    object.metadata.addLabel('added', 'x');
    expect(text(plainObject(object)?.json)).toBe(text(object.toJson()));
    expect(plainObject(object)?.json.metadata.labels).toEqual({ added: 'x', app: 'b', team: 'a' });
  });

  test('the objects of a real cluster', () => {
    for (const construct of lab.node.findAll()) construct.node.validate();
    const objects = lab.node.findAll().filter((construct) => ApiObject.isApiObject(construct));
    const short = objects.filter((object) => plainObject(object));
    for (const object of short) expect(text(plainObject(object)?.json)).toBe(text(object.toJson()));
    // The other two are the role of a grant, which is patched, and its binding, which cdk8s-plus makes.
    expect(objects.length - short.length).toBe(2);
  });
});

describe('the long way is left to', () => {
  class Tokens implements IResolver {
    resolve(context: ResolutionContext): void {
      if (context.value === 'token') context.replaceValue('resolved');
    }
  }
  class Labelled {
    readonly value = 'x';
  }
  test.each<[string, object]>([
    ['a token', { data: { a: { resolve: () => 'x' } } }],
    ['a class', { data: { a: new Labelled() } }],
    ['a date', { data: { a: new Date(0) } }],
    ['an object without prototype', { data: Object.create(null) }],
    ['a member called constructor', { data: { constructor: 'x' } }],
    ['a member called __proto__', { data: JSON.parse('{ "__proto__": "x" }') }],
    ['null in a list', { list: [null] }],
    ['undefined in a list', { list: ['a', undefined] }],
    ['NaN', { a: Number.NaN }],
    ['-0', { a: -0 }],
    ['an integer that lost digits', { a: 2 ** 53 }],
    ['a function', { a: () => 1 }],
    ['a bigint', { a: 1n }],
    ['half a surrogate pair', { a: '\ud800' }],
    [
      'a Lazy value that throws',
      {
        a: Lazy.any({
          produce: () => {
            throw new Error('boom');
          },
        }),
      },
    ],
    ['other metadata', { metadata: { name: 'n', generateName: 'x-' } }],
    ['finalizers', { metadata: { name: 'n', finalizers: ['x'] } }],
    ['a label that is no text', { metadata: { name: 'n', labels: { a: 1 } } }],
  ])('%s', (_, props) => {
    expect(plainObject(made(props))).toBeUndefined();
  });

  test('patches', () => {
    const object = made({});
    object.addJsonPatch(JsonPatch.add('/data', {}));
    expect(plainObject(object)).toBeUndefined();
  });

  test("resolvers of the app's own", () => {
    expect(plainObject(made({ data: { a: 'token' } }, [new Tokens()]))).toBeUndefined();
  });

  test('a toJson of its own', () => {
    class Own extends ApiObject {
      override toJson() {
        return { ...super.toJson(), own: true };
      }
    }
    expect(
      plainObject(new Own(new Chart(new App({ outdir: '/nowhere' }), 'app'), 'object', configMap)),
    ).toBeUndefined();
  });
});

const variable = ['$', '{y}'].join('');

test.each([
  ['a value', { data: { a: `x ${variable}` } }],
  ['a key', { data: { [variable]: 'x' } }],
  ['an annotation', { metadata: { name: 'n', annotations: { a: variable } } }],
  ['a Lazy value', { spec: Lazy.any({ produce: () => [variable] }) }],
])('the start of a variable is seen in %s', (_, props) => {
  expect(plainObject(made(props))?.variables).toBe(true);
  expect(plainObject(made({ data: { a: '$ {y}' } }))?.variables).toBe(false);
});
