import { join } from 'node:path';
import { expect, test } from 'vitest';
import { labCopy, standIn } from './testing/copy.ts';

const where = 'ClusterSecretStore vault, key kubernetes/media/media-agent/openclaw-slack, property bot-token';
const set = ['set', 'media', 'openclaw-slack', 'bot-token'];

test('the place of a value in the store is told, and nothing is asked for', async () => {
  const { run } = await labCopy();
  expect(await run(set, { input: 'canary' })).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: `chitin: the secrets of cluster media are in no file of the repository: this value belongs into ${where}. Where the store is Vault, --write-vault MOUNT puts it there by your vault command. Nothing was changed.\n`,
  });
  expect((await run(['list', 'media'])).stdout).toMatch(/media-agent\/openclaw-slack +bot-token +outside /);
  const verified = await run(['verify', 'media']);
  expect(verified).toMatchObject({ exitCode: 0, stderr: '' });
  expect(verified.stdout).toContain('whether the store holds them cannot be seen from here.');
});

// The vault program is a stand-in here, which records how it is called.
test('a value goes to vault on its stdin, beside the other properties; where there is none yet, as the first', async () => {
  const { run, folder } = await labCopy();
  const bin = join(folder, 'bin');
  const env = { PATH: `${bin}:${process.env.PATH}`, VALUE: 'canary\n' };
  const vault = standIn(bin, 'vault', "argv[1] === 'patch' ? 2 : 0");
  const written = await run([...set, '--write-vault', 'secret', '--from-env', 'VALUE'], { env });
  expect(written).toEqual({
    exitCode: 0,
    stdout: `${where}: set\nThe newline at its end was left out (--keep-newline keeps it).\n`,
    stderr: '',
  });
  const place = ['-mount=secret', 'kubernetes/media/media-agent/openclaw-slack', 'bot-token=-'];
  expect(vault.calls().map(({ argv, input }) => [argv, input])).toEqual([
    [['kv', 'patch', ...place], 'canary'],
    [['kv', 'put', '-cas=0', ...place], 'canary'],
  ]);
  expect(vault.calls().filter(({ env: given }) => 'VALUE' in given)).toEqual([]);
  expect((await run([...set, '--write-vault', 'secret', '--dry-run'], { input: 'canary', env })).stdout).toBe(
    `${where}: would be set\n`,
  );
  expect(vault.calls()).toHaveLength(2);
});

test('when vault refuses, its status is told and nothing of what it said', async () => {
  const { run, folder } = await labCopy();
  const bin = join(folder, 'bin');
  standIn(bin, 'vault', '(console.error(argv.join(), "canary"), 2)');
  const failed = await run([...set, '--write-vault', 'secret'], {
    input: 'canary',
    env: { PATH: `${bin}:${process.env.PATH}` },
  });
  expect(failed).toEqual({
    exitCode: 2,
    stdout: '',
    stderr:
      'chitin: --write-vault: vault kv patch ended with 2, and vault kv put ended with 2; nothing was changed. vault token lookup says whether you are signed in, and vault token capabilities what you may do there.\n',
  });
  const mount = await run([...set, '--write-vault', '-address=http://example.test'], { input: 'canary' });
  expect(mount).toMatchObject({ exitCode: 2, stdout: '' });
  const lab = await run(['set', 'lab', 'claw-openai', 'api-key', '--write-vault', 'secret'], { input: 'canary' });
  expect(lab.stderr).toBe('chitin: --write-vault: the secrets of cluster lab are not in a store (sops)\n');
});
