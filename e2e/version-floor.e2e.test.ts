/**
 * The version floor says what an API server with the default feature gates keeps. Against one of each minor, real or
 * emulated, this checks all of it in both directions: what is kept from a minor on, and what becomes of it before.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { isKept, type Minor, minorOf, placesOf, withoutPlaces } from '../scripts/manifest/floor-row.ts';
import { lostFields } from '../scripts/manifest/lost-fields.ts';
import type { KubeObject } from '../scripts/manifest/manifest.ts';
import { examples } from '../scripts/manifest/testing/version-floor-examples.ts';
import { versionFloor } from '../scripts/manifest/version-floor.ts';
import { versionFloorRule } from '../scripts/validate/rules/version-floor.ts';
import { ApiServer, messageOf } from './api-server.ts';
import { announceSkip, missing } from './environment.ts';
import { serverMinor } from './server-version.ts';

const skip = missing({ kubeconfig: true });
announceSkip('the version floor is what a real API server does', skip);

const cases = versionFloor.flatMap((row) =>
  (examples[row.id] ?? []).map((example) => ({ id: row.id, kind: example.object.kind, row, example })),
);

/** What an API server makes of an object: all but some fields, given as JSON paths, with so many warnings; or nothing. */
type Outcome = { readonly lost: readonly string[]; readonly warnings: number } | 'refused' | 'not served';

const whole: Outcome = { lost: [], warnings: 0 };

describe.skipIf(skip)('the version floor is what a real API server does', () => {
  const api = skip ? undefined : new ApiServer();
  let kubernetes: Minor;

  beforeAll(async () => {
    kubernetes = await serverMinor();
    console.log(`the API server is of Kubernetes ${kubernetes}`);
  });

  async function outcome(object: KubeObject): Promise<Outcome> {
    const unknown = `the API server has no ${object.apiVersion} ${object.kind}`;
    const answer = await (api as ApiServer).createDryRun(object).catch((error: Error) => {
      if (error.message.startsWith(unknown)) return undefined;
      throw error;
    });
    if (!answer) return 'not served';
    if (answer.status === 422) return 'refused';
    if (answer.status !== 201) throw new Error(`${answer.status}: ${messageOf(answer)}`);
    return { lost: lostFields(object, answer.body), warnings: answer.warnings.length };
  }

  test.each(cases)('$id, $kind', async ({ row, example: { object, made } }) => {
    const known = isKept(row, { kubernetes });
    if (made) expect(await outcome(object)).toEqual(whole);
    const judged = made ?? object;
    const result = await outcome(judged);
    if (known) expect(result).toEqual(whole);
    else if (row.without === 'refused' || row.without === 'not served') expect(result).toBe(row.without);
    else {
      expect(result).toMatchObject({ warnings: row.without === 'dropped' ? 0 : 1 });
      expect(kept(placesOf(row, judged), result)).toEqual([]);
    }
    if (known || row.since === 'never' || row.older !== 'omit') return;
    expect(await outcome(withoutPlaces(row, object))).toEqual(whole);
  });

  test('an image volume is lost with its mount and without an error, and the check notices', async (context) => {
    if (minorOf(kubernetes) >= 35) {
      announceSkip(context.task.name, `Kubernetes ${kubernetes} has image volumes`);
      context.skip();
    }
    const object = examples['image-volume']?.[0]?.object as KubeObject;
    const answer = await (api as ApiServer).createDryRun(object);
    expect(answer).toMatchObject({ status: 201, warnings: [] });
    expect(answer.body).toHaveProperty('spec.volumes', [{ name: 'scratch', emptyDir: {} }]);
    expect(answer.body).not.toHaveProperty('spec.containers[0].volumeMounts');
    expect(lostFields(object, answer.body)).toEqual(['$.spec.containers[0].volumeMounts', '$.spec.volumes']);
    const manifest = { object, file: 'example.yaml', origin: { path: 'example' } };
    expect(versionFloorRule.check([manifest], { existing: [], kubernetes })).toMatchObject([
      {
        path: '$.spec.volumes[1].image',
        message: `an image volume needs Kubernetes 1.35, and the cluster has ${kubernetes}`,
      },
    ]);
  });
});

/** Those of `paths` that are not lost. */
function kept(paths: readonly string[], result: Outcome): readonly string[] {
  if (typeof result === 'string') return [result];
  const isLost = (path: string) =>
    result.lost.some((lost) => `${path}.`.replaceAll('[', '.[').startsWith(`${lost.replaceAll('[', '.[')}.`));
  return paths.filter((path) => !isLost(path));
}
