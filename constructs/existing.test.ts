import { Construct } from 'constructs';
import { expect, test } from 'vitest';
import { declareExisting, existingObjects } from './existing.ts';

const tree = () => new Construct(undefined as never, '');

test('a declaration anywhere in a tree holds for the whole tree and for no other', () => {
  const root = tree();
  const deep = new Construct(new Construct(root, 'a'), 'b');
  declareExisting(deep, { kind: 'Secret', namespace: 'demo', name: 'pull' });
  declareExisting(root, { kind: 'ClusterRole', name: 'view' });
  expect(existingObjects(root)).toEqual([
    { kind: 'Secret', namespace: 'demo', name: 'pull' },
    { kind: 'ClusterRole', name: 'view' },
  ]);
  expect(existingObjects(tree())).toEqual([]);
});
