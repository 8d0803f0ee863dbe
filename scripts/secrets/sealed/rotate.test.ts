import { describe, expect, test } from 'vitest';
import { parseSealedSecret } from '../../../constructs/secrets/sealed-secret-file.ts';
import type { LiveController } from './controller.ts';
import { open, testKey } from './testing/certificate.ts';
import { keeper, key, place, recordOf, sealedData, values } from './testing/sealing.ts';

const next = testKey();
const made = await keeper().change(place, undefined, values({ token: 'dummy', user: 'dummy user' }), []);
const [text, record] = [made.text, recordOf(made)];

test('once another certificate is pinned, its values have to be given again', async () => {
  const kept = keeper({ record, pem: next.pem });
  const sealedFor = JSON.parse(record.split('\n')[0] ?? '').sealedFor;
  expect(kept.old([{ place, text }])).toEqual([
    { place, key: 'token', sealedFor },
    { place, key: 'user', sealedFor },
  ]);
  const change = await kept.change(place, text, values({ token: 'dummy' }), []);
  expect(kept.old([{ place, text: change.text }])).toEqual([{ place, key: 'user', sealedFor }]);
  expect(keeper({ record }).old([{ place, text }])).toEqual([]);
});

test('a value without a record is among them', () => {
  expect(
    keeper()
      .old([{ place, text }])
      .map(({ sealedFor }) => sealedFor),
  ).toEqual([undefined, undefined]);
});

/** A controller that opens with the old key and seals with the new one. */
function controller(more: (object: ReturnType<typeof parse>) => void = () => {}, pem = next.pem): LiveController {
  return {
    shown: 'service kube-system/sealed-secrets-controller',
    certificate: async () => pem,
    rotate: async (request) => {
      const object = parse(request);
      const { namespace, name } = object.metadata;
      const opened = Object.entries(object.spec.encryptedData).map(
        ([each, value]) => [each, open(key, `${namespace}/${name}`, value)] as const,
      );
      const { text: sealed } = await keeper({ pem: next.pem }).change(place, undefined, new Map(opened), []);
      object.spec.encryptedData = { ...sealedData(sealed) };
      more(object);
      // The real one leaves out apiVersion and kind.
      return JSON.stringify({ metadata: object.metadata, spec: object.spec });
    },
  };
}
function parse(json: string) {
  return JSON.parse(json) as {
    metadata: { name: string; namespace: string; annotations?: object };
    spec: { encryptedData: Record<string, string>; template: object };
  };
}

describe('encrypted again by the controller', () => {
  const kept = () => keeper({ record, pem: next.pem });

  test('it gets name, scope and ciphertext, and its answer is recorded', async () => {
    let asked: unknown;
    const { rotate, ...rest } = controller();
    const spy: LiveController = {
      ...rest,
      rotate: async (request) => {
        asked = JSON.parse(request);
        return await rotate(request);
      },
    };
    const keeping = kept();
    const change = await keeping.reencrypt(place, text, spy);
    const metadata = { name: 'agent-token', namespace: 'demo' };
    expect(asked).toEqual({
      apiVersion: 'bitnami.com/v1alpha1',
      kind: 'SealedSecret',
      metadata,
      spec: { encryptedData: sealedData(text), template: { metadata } },
    });
    expect(open(next, 'demo/agent-token', sealedData(change.text).token ?? '').toString()).toBe('dummy');
    expect(parseSealedSecret(change.text)).toBeDefined();
    expect(keeping.inspect(place, change.text, ['token', 'user'])).toEqual([]);
    const origins = recordOf(change)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).origin);
    expect(origins).toEqual(['re-encrypted', 're-encrypted']);
  });

  const answers: readonly [string, LiveController, string][] = [
    ['whose newest key is another', controller(undefined, testKey().pem), 'its newest key is not that of the pinned'],
    [
      'with another name',
      controller(({ metadata }) => void Object.assign(metadata, { name: 'other' })),
      'has another name',
    ],
    [
      'with another scope',
      controller(({ metadata }) => {
        metadata.annotations = { 'sealedsecrets.bitnami.com/cluster-wide': 'true' };
      }),
      'has another scope',
    ],
    ['without a key', controller(({ spec }) => void delete spec.encryptedData.user), 'has no "user" for the pinned'],
    [
      'with one key more',
      controller(({ spec: { encryptedData: data } }) => void Object.assign(data, { more: data.user })),
      'has other keys',
    ],
    [
      'with values in each other’s place',
      controller(
        ({ spec: { encryptedData: data } }) => void Object.assign(data, { token: data.user, user: data.token }),
      ),
      'has a "token" of another length',
    ],
    [
      'that did nothing',
      controller(({ spec }) => void Object.assign(spec.encryptedData, sealedData(text))),
      'has the old "token"',
    ],
    [
      'with a readable value',
      controller(({ spec }) => void Object.assign(spec.encryptedData, { token: 'readable' })),
      'has no "token" for the pinned',
    ],
    ['that says something else', { ...controller(), rotate: async () => 'error' }, 'is not a SealedSecret'],
    ['that gives a Secret', { ...controller(), rotate: async () => '{"kind":"Secret"}' }, 'is not a SealedSecret'],
  ];
  test.each(answers)('nothing is taken from one %s', async (_, bad, message) => {
    const keeping = kept();
    await expect(keeping.reencrypt(place, text, bad)).rejects.toThrow(message);
    expect(keeping.inspect(place, text, ['token', 'user']).map(({ kind }) => kind)).toEqual(['wrong-key', 'wrong-key']);
  });

  test('a controller of another certificate is sent nothing', async () => {
    const never = { ...controller(undefined, testKey().pem), rotate: () => Promise.reject(new Error('it was sent')) };
    await expect(kept().reencrypt(place, text, never)).rejects.toThrow('its newest key is not that of the pinned');
  });

  test('nothing is taken from a controller that made a new key meanwhile', async () => {
    const served = [next.pem, testKey().pem];
    const renewing = { ...controller(), certificate: async () => served.shift() ?? '' };
    await expect(kept().reencrypt(place, text, renewing)).rejects.toThrow('its newest key is not that of the pinned');
  });

  test('a file with readable text is not sent', async () => {
    const readable = text.replace('  template:\n', '  template:\n    data: { url: readable }\n');
    const never = { ...controller(), rotate: () => Promise.reject(new Error('it was sent')) };
    await expect(kept().reencrypt(place, readable, never)).rejects.toThrow('not sealed: spec.template.data.url');
  });
});
