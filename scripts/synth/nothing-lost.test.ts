import { ApiObject } from 'cdk8s';
import { expect, test } from 'vitest';
import lab from '../../clusters/lab/cluster.ts';
import { deriveBelow } from '../../constructs/derive.ts';
import { lostFields } from '../manifest/lost-fields.ts';

test('no field that a construct writes is missing from its output', () => {
  deriveBelow(lab);
  lab.node.validate();
  const objects = lab.node.findAll().filter((construct): construct is ApiObject => ApiObject.isApiObject(construct));
  const lost = objects.flatMap((object) => {
    const { metadata: _, ...written } = (object as unknown as { props: Record<string, unknown> }).props;
    const plain = Object.fromEntries(Object.entries(written).map(([key, value]) => [key, produced(value)]));
    return lostFields(plain, object.toJson()).map((path) => `${object.node.path} ${path}`);
  });
  expect(lost).toEqual([]);
  expect(objects.length).toBeGreaterThan(20);
});

/** What a cdk8s Lazy stands for. */
function produced(value: unknown): unknown {
  const lazy = value as { producer?: { produce(): unknown } } | undefined;
  return typeof lazy === 'object' && lazy?.producer ? lazy.producer.produce() : value;
}
