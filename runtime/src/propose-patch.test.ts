import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ConfigInput } from './config.ts';
import { patchPath } from './patch-path.ts';
import { openProposePatch } from './propose-patch.ts';
import { callTool, temporaryFolder, testConfig } from './testing.ts';
import { startForge, type TestForge } from './testing-forge.ts';
import type { Toolbox } from './tool.ts';

const token = 'canary-forge-token-7c1d';
const files = {
  'apps/web/deployment.yaml': 'replicas: 1\nimage: web\n',
  'apps/web/run.sh': '#!/bin/sh\n',
  'apps/link': '-> ../clusters',
  'clusters/prod/cluster.yaml': 'name: prod\n',
  'clusters/prod/secrets/db.yaml': 'ENC[x]\n',
  'README.md': 'hello\n',
};

let forge: TestForge;
let folder: ReturnType<typeof temporaryFolder>;
beforeEach(async () => {
  folder = temporaryFolder();
  writeFileSync(join(folder.path, 'token'), `${token}\n`);
  forge = await startForge(folder.path, token, files);
});
afterEach(async () => {
  await forge.stop();
  folder[Symbol.dispose]();
});

type Given = Partial<NonNullable<NonNullable<ConfigInput['tools']>['proposePatch']>>;

async function open(given: Given = {}): Promise<Toolbox> {
  const config = testConfig(folder, {
    tools: {
      proposePatch: {
        url: forge.url,
        forge: 'forgejo',
        token: { file: join(folder.path, 'token') },
        paths: ['apps/', 'README.md'],
        ...given,
      },
    },
    outbound: { hosts: ['127.0.0.1'] },
  });
  return openProposePatch(config, config.tools.proposePatch as NonNullable<typeof config.tools.proposePatch>);
}

const patch = (changes: object[], more: object = {}) => ({
  title: 'Two replicas',
  description: 'One is not enough.',
  changes,
  ...more,
});
const edit = { path: 'apps/web/deployment.yaml', edits: [{ old: 'replicas: 1', new: 'replicas: 2' }] };
const unchanged = () =>
  expect([forge.pushes(), forge.pulls, forge.git('for-each-ref', '--format=%(refname)')]).toEqual([
    [],
    [],
    'refs/heads/main\n',
  ]);
const branchOf = (): string => forge.git('for-each-ref', '--format=%(refname:short)', 'refs/heads/chitin').trim();

test.each([
  ['github', { api: true }, `Bearer ${token}`, '/repos/acme/repo/pulls'],
  ['forgejo', {}, `token ${token}`, '/api/v1/repos/acme/repo/pulls'],
  ['gitlab', {}, `Bearer ${token}`, '/api/v4/projects/acme%2Frepo/merge_requests'],
] as const)(
  'a patch becomes a new branch and a pull request on %s; the same call again changes nothing',
  async (kind, { api }: { api?: true }, authorization, path) => {
    const box = await open({ forge: kind, ...(api && { api: forge.origin }) });
    const main = forge.git('rev-parse', 'main');
    const input = patch([edit, { path: 'apps/new/a.txt', text: 'ä\n' }, { path: 'README.md', text: null }], {
      description: 'See https://evil.test/?q=1 ![x](https://evil.test/x.png)',
    });
    expect(await callTool(box, 'propose_patch', input)).toBe(`proposed: ${forge.origin}/pulls/1`);
    const made = branchOf();
    expect(made).toMatch(/^chitin\/tested-[0-9a-f]{12}$/);
    expect(
      forge
        .git('diff', '--no-renames', '--raw', '--abbrev=1', 'main', made)
        .replace(/[0-9a-f]+ [0-9a-f]+ ([AMD])/g, '$1'),
    ).toBe(
      ':100644 000000 D\tREADME.md\n:000000 100644 A\tapps/new/a.txt\n:100644 100644 M\tapps/web/deployment.yaml\n',
    );
    expect(forge.git('show', `${made}:apps/web/deployment.yaml`)).toBe('replicas: 2\nimage: web\n');
    expect(forge.git('show', '-s', '--format=%an <%ae> %P%n%B', made)).toBe(
      `tested <tested@localhost> ${main}Two replicas\n\nSee [link removed] [x] [link removed]\n\n`,
    );
    expect(forge.pulls).toEqual([
      { branch: made, title: 'Two replicas', description: 'See [link removed] [x] [link removed]' },
    ]);
    expect(forge.calls.map(({ method, url }) => `${method} ${url.split('?')[0]}`).at(-1)).toBe(`POST ${path}`);
    expect(new Set(forge.calls.map((call) => call.authorization))).toEqual(new Set([authorization]));

    // The run was cut off after the call, and is repeated: maybe with other words.
    expect(await callTool(box, 'propose_patch', { ...input, title: 'Other words' })).toBe(
      `proposed already: ${forge.origin}/pulls/1`,
    );
    expect(forge.pushes()).toHaveLength(1);
    expect(forge.pulls).toHaveLength(1);
    expect(forge.git('rev-parse', 'main')).toBe(main);
  },
);

test('a run that was cut off between push and pull request opens it then', async () => {
  const box = await open();
  await callTool(box, 'propose_patch', patch([edit]));
  forge.pulls.length = 0;
  expect(await callTool(box, 'propose_patch', patch([edit]))).toBe(`proposed: ${forge.origin}/pulls/1`);
  expect([forge.pushes().length, forge.pulls.length]).toEqual([1, 1]);
  expect(await callTool(box, 'propose_patch', patch([edit]), { idempotencyKey: 'a/2' })).toBe(
    `proposed: ${forge.origin}/pulls/2`,
  );
  expect(forge.pushes()).toHaveLength(2);
});

test('a branch that exists is left as it is, whoever made it', async () => {
  const box = await open();
  await callTool(box, 'propose_patch', patch([edit]));
  const made = branchOf();
  forge.git('update-ref', `refs/heads/${made}`, 'main');
  forge.pulls.length = 0;
  await callTool(box, 'propose_patch', patch([edit]));
  expect(forge.git('rev-parse', made)).toBe(forge.git('rev-parse', 'main'));
  expect(forge.pushes()).toHaveLength(1);
});

test('AGit: one push to refs/for, and none for the same change', async () => {
  const box = await open({ forge: 'agit' });
  expect(await callTool(box, 'propose_patch', patch([edit]))).toBe(`proposed: ${forge.origin}/acme/repo/pulls/1`);
  const [push, option] = forge.pushes();
  expect(push).toMatch(/^0{40} [0-9a-f]{40} refs\/for\/main$/);
  expect(option).toMatch(/^option topic=tested-[0-9a-f]{12}$/);
  expect(await callTool(box, 'propose_patch', patch([edit]))).toBe('proposed already: refs/pull/1/head');
  expect([forge.pushes().length, forge.calls]).toEqual([2, []]);
  expect(forge.git('show', '-s', '--format=%B', 'refs/pull/1/head')).toBe('Two replicas\n\nOne is not enough.\n\n');
  expect(forge.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main\nrefs/pull/1/head\n');
});

test('the token is in no command line, no file and no error; nothing stays behind', async () => {
  mkdirSync(join(folder.state, 'patch-killed'));
  const box = await open();
  expect(readdirSync(folder.state)).toEqual([]);
  await callTool(box, 'propose_patch', patch([edit]));
  const commands = [...forge.commands].join('\n');
  const secrets = [token, Buffer.from(`oauth2:${token}`).toString('base64')];
  expect(commands).toMatch(/git(?: |-)remote-http/);
  for (const secret of secrets) expect(commands).not.toContain(secret);
  expect(readdirSync(folder.state)).toEqual([]);
  writeFileSync(join(folder.path, 'token'), 'canary-wrong-token-0123');
  const error = await callTool(box, 'propose_patch', patch([edit]), { idempotencyKey: 'b/1' }).catch(
    (reason: Error) => reason.message,
  );
  expect(error).toMatch(/^git clone failed \(128\): /);
  expect(error).not.toMatch(/canary|oauth2|Basic/);
});

test.each([
  ['no path of the list', 'clusters/prod/cluster.yaml', 'is not one of: apps/, README.md'],
  ['a name that begins alike', 'README.md.bak', 'is not one of'],
  ['the path out', 'apps/../clusters/prod/cluster.yaml', 'leaves the workspace'],
  ['an absolute path', '/etc/passwd', 'is absolute'],
  ['git’s own folder', 'apps/.git/hooks/pre-push', 'belongs to git'],
  ['the same as a Mac reads it', 'apps/.g\u200cit/config', 'has characters'],
  ['the same as Windows reads it', 'apps/GIT~1/config', 'belongs to git'],
  ['and with a stream', 'apps/.git::$INDEX_ALLOCATION/config', 'belongs to git'],
  ['attributes', 'apps/.gitattributes', 'belongs to git'],
  ['a submodule list', 'apps/.gitmodules', 'belongs to git'],
  ['a workflow', 'apps/.github/workflows/x.yaml', 'is run by the forge'],
  ['a workflow in upper case', 'apps/.GitHub/workflows/x.yaml', 'is run by the forge'],
  ['a pipeline', 'apps/.gitlab-ci.yml', 'is run by the forge'],
  ['who decides', 'apps/CODEOWNERS', 'is run by the forge'],
  ['ciphertext', 'apps/db.sops.yaml', 'is for secrets'],
  ['rules of sops', 'apps/.sops.yaml', 'is for secrets'],
  ['a folder of secrets', 'apps/Secrets/db.yaml', 'is for secrets'],
  ['a line end', 'apps/a\nb', 'has characters'],
  ['a backslash', 'apps\\..\\x', 'has characters'],
  ['the link itself', 'apps/link', 'is a symbolic link'],
  ['what is behind a link', 'apps/link/prod/cluster.yaml', 'is a symbolic link'],
  ['below a file', 'apps/web/run.sh/x', 'is not a folder'],
  ['a folder', 'apps/web', 'is a folder'],
])('refused, and nothing is pushed: %s', async (_name, path, why) => {
  const box = await open();
  await expect(callTool(box, 'propose_patch', patch([{ path, text: 'x' }]))).rejects.toThrow(why);
  unchanged();
});

test.each([
  [
    'too many files',
    patch(Array.from({ length: 21 }, (_, index) => ({ path: `apps/${index}`, text: 'x' }))),
    'Too big',
  ],
  ['too many bytes', patch([{ path: 'apps/a', text: 'ä'.repeat(140_000) }]), 'more than 262144 bytes'],
  ['a credential', patch([{ path: 'apps/a', text: 'ghp_0123456789abcdefghijABCDEFGHIJ' }]), 'looks like a credential'],
  ['the agent’s own token', patch([{ path: 'apps/a', text: `see ${token}` }]), 'looks like a credential'],
  ['a credential in the words', patch([edit], { description: `token ${token}` }), 'looks like a credential'],
  ['a path twice', patch([edit, edit]), 'a path occurs twice'],
  ['no change', patch([{ path: 'README.md', text: 'hello\n' }]), 'the patch changes nothing'],
  [
    'a text that is not there',
    patch([{ path: 'README.md', edits: [{ old: 'bye', new: 'x' }] }]),
    'does not hold "bye"',
  ],
  ['a text that is there twice', patch([{ path: 'README.md', edits: [{ old: 'l', new: 'x' }] }]), 'more than once'],
  ['both ways at once', patch([{ ...edit, text: 'x' }]), 'needs either'],
  ['removal of nothing', patch([{ path: 'apps/none', text: null }]), 'does not exist'],
  ['another branch', { ...patch([edit]), branch: 'main' }, 'Unrecognized key'],
])('refused, and nothing is pushed: %s', async (_name, input, why) => {
  const box = await open();
  // So that the token is one that the process knows.
  await callTool(box, 'repository_read', { path: 'README.md' });
  await expect(callTool(box, 'propose_patch', input)).rejects.toThrow(why);
  unchanged();
});

test('workflows only where they are allowed; an executable file stays one', async () => {
  expect(patchPath('.github/workflows/x.yaml', { paths: ['.github/'], workflows: true })).toBe(
    '.github/workflows/x.yaml',
  );
  await callTool(await open(), 'propose_patch', patch([{ path: 'apps/web/run.sh', text: 'x' }]));
  expect(forge.git('ls-tree', '-r', '--format=%(objectmode) %(path)', branchOf(), '--', 'apps/web')).toBe(
    '100644 apps/web/deployment.yaml\n100755 apps/web/run.sh\n',
  );
});

test('the repository is read file by file and folder by folder, without what is for secrets', async () => {
  const box = await open();
  expect(await callTool(box, 'repository_read', {})).toBe('README.md\napps/\nclusters/');
  expect(await callTool(box, 'repository_read', { path: 'clusters/prod/cluster.yaml' })).toBe('name: prod\n');
  await expect(callTool(box, 'repository_read', { path: 'clusters/prod/secrets/db.yaml' })).rejects.toThrow(
    'is for secrets',
  );
  await expect(callTool(box, 'repository_read', { path: 'apps/link' })).rejects.toThrow('is a symbolic link');
  await expect(callTool(box, 'repository_read', { path: 'none' })).rejects.toThrow('does not exist');
});

test('a forge that sends elsewhere is not followed, and a call that is stopped leaves nothing', async () => {
  const box = await open({ url: forge.url.replace('repo.git', 'none.git') });
  await expect(callTool(box, 'repository_read', {})).rejects.toThrow('git clone failed');
  const stop = new AbortController();
  const stopped = callTool(await open(), 'propose_patch', patch([edit]), { signal: stop.signal });
  setImmediate(() => stop.abort(new Error('stopped')));
  await expect(stopped).rejects.toThrow('stopped');
  expect(readdirSync(folder.state)).toEqual([]);
  unchanged();
});

test.each([
  ['a password in the address', { url: 'http://user:pass@forge.test/a/b.git' }, 'tools.proposePatch.url'],
  ['another protocol', { url: 'file:///srv/repo.git' }, 'tools.proposePatch.url'],
  ['a program as address', { url: 'ext::sh -c id' }, 'tools.proposePatch.url'],
  ['an option as branch', { base: '--upload-pack=id' }, 'tools.proposePatch.base'],
  ['no prefix', { branchPrefix: '' }, 'tools.proposePatch.branchPrefix'],
])('a configuration is refused: %s', async (_name, given, why) => {
  await expect(open(given)).rejects.toThrow(why);
});
