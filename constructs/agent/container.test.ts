import { Size } from 'cdk8s';
import { expect, test } from 'vitest';
import { quantity } from './container.ts';

test.each([
  [Size.gibibytes(10), '10Gi'],
  [Size.mebibytes(2048), '2Gi'],
  [Size.mebibytes(1536), '1536Mi'],
  [Size.kibibytes(100), '100Ki'],
])('a size is written in its largest whole unit', (size, text) => {
  expect(quantity(size)).toBe(text);
});
