import { expect, test } from 'vitest';
import { oneAgent, rendered } from '../testing/cluster.ts';
import { none } from './none.ts';

test('no object of an engine, and no annotation for one', () => {
  const { cluster } = oneAgent({}, { gitops: none() });
  const objects = Object.values(rendered(cluster));
  expect(objects.filter(({ apiVersion }) => /flux|argo/.test(apiVersion))).toEqual([]);
  const annotations = objects.flatMap(({ metadata }) => Object.keys(metadata.annotations ?? {}));
  expect(annotations.filter((key) => /flux|argo/.test(key))).toEqual([]);
  expect(objects.map(({ kind }) => kind)).toContain('Namespace');
});
