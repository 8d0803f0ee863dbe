/**
 * NanoClaw is not a runtime, and calling this is an error of types and at run time: for each session it starts a container
 * with `docker run` (nanocoai/nanoclaw 2.0.64, src/container-runtime.ts), so that it would need the Docker socket of the
 * node, which is root on the node. It has no published image, no port and no probe either.
 *
 * Use another runtime, or `custom()` with an image of your own that needs no socket.
 *
 * @throws always
 */
export function nanoClaw(needsDockerSocket: never): never;
export function nanoClaw(): never {
  throw new Error(
    'NanoClaw cannot run in a pod: it starts a Docker container for each session, and the Docker socket of a node is root on that node. Use zeroClaw(), picoClaw(), ironClaw() or hermes(), or custom() with an image of your own that needs no socket.',
  );
}
