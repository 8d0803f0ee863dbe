import { describe, expect, test } from 'vitest';
import { isKept, type Minor, minorOf, placesOf, withoutPlaces } from './floor-row.ts';
import { lostFields } from './lost-fields.ts';
import { podSpecOf } from './pod-specs.ts';
import { examples } from './testing/version-floor-examples.ts';
import { newestMinor, versionFloor } from './version-floor.ts';

const minors: readonly Minor[] = ['1.33', '1.34', '1.35', '1.36'];

test('each row has a name of its own and examples', () => {
  expect(Object.keys(examples).sort()).toEqual(versionFloor.map(({ id }) => id).sort());
});

test('rows are newer than the oldest minor, and not newer than the newest', () => {
  expect(newestMinor).toBe(minors.at(-1));
  const since = versionFloor.flatMap((row) => (row.since === 'never' ? [] : [row.since]));
  expect(minors.slice(1)).toEqual(expect.arrayContaining(since));
});

describe.each(versionFloor)('$id', (row) => {
  const shown = examples[row.id] ?? [];

  test.each(shown)('is found in $object.kind, at its path', ({ object, paths }) => {
    expect(placesOf(row, object)).toEqual(paths);
  });

  test('has an example for each of its places', () => {
    for (const place of row.places) {
      const found = shown.some(({ object }) => placesOf({ ...row, places: [place] }, object).length > 0);
      // The API server has no ephemeral containers in what is created.
      if (!place.path?.startsWith('ephemeralContainers')) expect([place, found]).toEqual([place, true]);
    }
  });

  test('no other row finds anything in its examples', () => {
    for (const other of versionFloor.filter(({ id }) => id !== row.id)) {
      for (const { object } of shown) expect([other.id, placesOf(other, object)]).toEqual([other.id, []]);
    }
  });

  test('is kept from its minor on, unless somebody says otherwise', () => {
    const since = row.since === 'never' ? 99 : minorOf(row.since);
    for (const kubernetes of minors) {
      expect(isKept(row, { kubernetes })).toBe(minorOf(kubernetes) >= since);
      for (const on of [true, false]) expect(isKept(row, { kubernetes, switched: { [row.id]: on } })).toBe(on);
      expect(isKept(row, { kubernetes, switched: { other: true } })).toBe(minorOf(kubernetes) >= since);
    }
  });
});

test.each(versionFloor.filter((row) => row.since !== 'never' && row.older === 'omit'))(
  'leaving out $id leaves the rest',
  (row) => {
    for (const { object, paths } of examples[row.id] ?? []) {
      const rest = withoutPlaces(row, object);
      expect(placesOf(row, rest)).toEqual([]);
      expect(lostFields(object, rest)).toEqual(paths);
      expect(lostFields(rest, object)).toEqual([]);
    }
  },
);

test.each([
  ['Pod', '$.spec'],
  ['Deployment', '$.spec.template.spec'],
  ['StatefulSet', '$.spec.template.spec'],
  ['DaemonSet', '$.spec.template.spec'],
  ['ReplicaSet', '$.spec.template.spec'],
  ['Job', '$.spec.template.spec'],
  ['CronJob', '$.spec.jobTemplate.spec.template.spec'],
])('the pod of a %s is looked into', (kind, path) => {
  const pod = podSpecOf(examples['image-volume']?.[0]?.object as never)?.spec;
  const [, ...keys] = path.split('.');
  const spec = keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), pod) as object;
  const object = { apiVersion: 'any/v1', kind, metadata: { name: 'example' }, ...spec };
  const found = versionFloor.filter((row) => placesOf(row, object).length > 0).map(({ id }) => id);
  expect(found).toEqual(['image-volume']);
  expect(versionFloor.flatMap((row) => placesOf(row, object))).toEqual([`${path}.volumes[1].image`]);
});

test('a sidecar and a preference for a near endpoint are older', () => {
  const metadata = { name: 'example', namespace: 'demo' };
  const spec = { initContainers: [{ name: 'sidecar', restartPolicy: 'Always' }], containers: [] };
  const service = { spec: { trafficDistribution: 'PreferClose' } };
  for (const object of [
    { apiVersion: 'v1', kind: 'Pod', metadata, spec },
    { apiVersion: 'v1', kind: 'Service', metadata, ...service },
  ]) {
    expect(versionFloor.filter((row) => placesOf(row, object).length > 0)).toEqual([]);
  }
});
