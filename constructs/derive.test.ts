import { Construct } from 'constructs';
import { expect, test } from 'vitest';
import { deriveBelow, deriveLater } from './derive.ts';
import { withoutRecording } from './origin.ts';
import { report } from './problem.ts';

const tree = () => new Construct(undefined as never, '');

test('a derivation runs once, whoever asks first', () => {
  for (const ask of [(root: Construct) => root.node.children[0]?.node.validate(), deriveBelow]) {
    const root = tree();
    const part = new Construct(root, 'part');
    let runs = 0;
    deriveLater(part, () => {
      runs += 1;
    });
    expect(runs).toBe(0);
    ask(root);
    deriveBelow(root);
    expect(part.node.validate()).toEqual([]);
    expect(runs).toBe(1);
  }
});

test('constructs that a derivation makes are derived too, and the root itself is not', () => {
  const root = tree();
  const order: string[] = [];
  deriveLater(root, () => order.push('root'));
  const first = new Construct(root, 'first');
  deriveLater(first, () => {
    order.push('first');
    deriveLater(new Construct(first, 'made'), () => order.push('made'));
  });
  deriveLater(new Construct(root, 'second'), () => order.push('second'));
  deriveBelow(root);
  expect(order).toEqual(['first', 'made', 'second']);
});

test('what a derivation reports is seen by the validation that runs it', () => {
  const part = withoutRecording(() => new Construct(tree(), 'part'));
  deriveLater(part, () => report(part, { message: 'wrong' }));
  expect(part.node.validate()).toEqual(['part\n  wrong']);
});

test('a derivation that throws throws for everybody who asks again: half of the objects must not pass for all', () => {
  const part = new Construct(tree(), 'part');
  deriveLater(part, () => {
    throw new Error('no fence');
  });
  expect(() => part.node.validate()).toThrow('no fence');
  expect(() => part.node.validate()).toThrow('no fence');
});
