import { expect, test } from 'vitest';
import { lostFields } from './lost-fields.ts';

test('an image volume and its mount that an older API server drops are told', () => {
  const container = {
    name: 'c',
    volumeMounts: [
      { name: 'state', mountPath: '/data' },
      { name: 'seed', mountPath: '/seed' },
    ],
  };
  const sent = {
    spec: { containers: [container], volumes: [{ name: 'state' }, { name: 'seed', image: { reference: 'r' } }] },
  };
  const received = {
    spec: {
      containers: [{ ...container, volumeMounts: [container.volumeMounts[0]] }],
      volumes: [{ name: 'state' }, { name: 'seed', emptyDir: {} }],
    },
  };
  expect(lostFields(sent, received)).toEqual(['$.spec.containers[0].volumeMounts', '$.spec.volumes[1].image']);
});

test('what was added, emptied or never sent is not lost', () => {
  const sent = { a: '', b: undefined, c: [], d: { 'x/y': 1 } };
  expect(lostFields(sent, { c: [], d: { 'x/y': 1 }, e: 'defaulted' })).toEqual([]);
});

test('a changed value is lost, at its path', () => {
  expect(lostFields({ d: { 'x/y': 1 } }, { d: { 'x/y': 2 } })).toEqual(['$.d["x/y"]']);
});
