import { expect, test } from 'vitest';
import { nanoClaw } from './nanoclaw.ts';

test('NanoClaw cannot be chosen: an error of types, and at run time one that says what to use', () => {
  // @ts-expect-error it needs a Docker socket
  expect(() => nanoClaw()).toThrow(
    new Error(
      'NanoClaw cannot run in a pod: it starts a Docker container for each session, and the Docker socket of a node is root on that node. Use zeroClaw(), picoClaw(), ironClaw() or hermes(), or custom() with an image of your own that needs no socket.',
    ),
  );
  // @ts-expect-error whatever it is given
  expect(() => nanoClaw({})).toThrow('NanoClaw cannot run in a pod');
});
