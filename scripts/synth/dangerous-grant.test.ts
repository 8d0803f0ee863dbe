import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chitin, copyRepository, edit } from '../testing/repository-copy.ts';

let copy: string;
beforeAll(() => {
  copy = copyRepository();
});
afterAll(() => {
  rmSync(copy, { recursive: true });
});

const imports = "import { ApiObject } from 'cdk8s';\nimport { startJobs } from '../../constructs/access/index.ts';";

/** The findings `dangerous-grant` of cluster lab with more lines in its app, each with the line of source that it points to. */
async function findings(...more: readonly string[]): Promise<{ line: string | undefined; message: string }[]> {
  const app = join(copy, 'apps/claw/claw.ts');
  const undo = [
    edit(app, "agent.expose('claw');", `agent.expose('claw');\n${more.join('\n')}`),
    edit(app, 'import type { Construct }', `${imports}\nimport type { Construct }`),
  ];
  const { stdout } = await chitin(copy, 'synth', 'lab', '--format', 'json');
  const source = readFileSync(app, 'utf8').split('\n');
  for (const each of undo.toReversed()) each();
  const { errors, findings: all } = JSON.parse(stdout) as {
    errors: { text: string }[];
    findings: { rule?: string; line: number; message: string }[];
  };
  expect(errors).toEqual([]);
  return all
    .filter(({ rule }) => rule === 'dangerous-grant')
    .map(({ line, message }) => ({ line: source[line - 1], message }));
}

const exec =
  "agent.grant({ name: 'exec', scope: 'cluster', rules: [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] }] }, { because: 'looks inside' });";

test('a grant is told at its own line, until somebody accepts it', async () => {
  const message = 'ServiceAccount zeroclaw/claw may create pods/exec everywhere ($.rules[0])';
  expect(await findings(exec)).toEqual([{ line: exec, message }]);
  expect(await findings(exec, "agent.accept('dangerous-grant', { because: 'a test tenant' });")).toEqual([]);
});

test('a grant that the API server limits is not told', async () => {
  const existing = "this.existing('CronJob', 'brief');";
  expect(await findings(existing, "agent.grant(startJobs(['brief']), { because: 'the brief' });")).toEqual([]);
});

test('what an author makes as it stands is told at its own line', async () => {
  const object = (kind: string, rest: string) =>
    `new ApiObject(this, '${kind}', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: '${kind}', metadata: { name: 'all' }, ${rest} });`;
  const role = object('ClusterRole', "rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]");
  const binding = object(
    'ClusterRoleBinding',
    "roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'all' }, subjects: [{ kind: 'ServiceAccount', name: 'claw', namespace: 'zeroclaw' }]",
  );
  const message = 'ServiceAccount zeroclaw/claw may do everything with * everywhere ($.rules[0])';
  expect(await findings(role, binding)).toEqual([{ line: role, message }]);
});
