import type { Command } from 'commander';
import type { GeneratedValue } from '../../../constructs/secrets/secret.ts';
import { choice, type Given, privateCommand } from '../private-command.ts';

interface Flags {
  readonly type?: GeneratedValue['type'];
  readonly bytes: string;
  readonly alphabet: 'hex' | 'alphanumeric' | 'base64url';
  readonly replace?: true;
  readonly dryRun?: true;
}

/** `chitin secrets generate`. */
export function generateCommand(): Command {
  return privateCommand<Flags>(
    'generate',
    {
      '<cluster>': 'cluster whose apps need it',
      '<secret>': 'namespace/name, or name where one namespace alone has it',
      '<key>': 'key of the secret',
    },
    generate,
  )
    .description(
      'Give a key a random value that nobody sees: a token, or a key pair, whose public half is shown. What reads the key says which; --type says it for others.',
    )
    .addOption(choice('--type <type>', 'what to make', ['token', 'ed25519', 'ssh', 'age']))
    .option('--bytes <number>', 'random bytes in a token, 16 to 1024', '32')
    .addOption(choice('--alphabet <name>', 'characters of a token', ['hex', 'alphanumeric', 'base64url'], 'hex'))
    .option('--replace', 'make a new value where there is one')
    .option('--dry-run', 'write nothing; say what would be')
    .addHelpText(
      'after',
      '\nExamples:\n  chitin secrets generate lab claw-gateway token\n  chitin secrets generate homelab openclaw-ssh id_ed25519 --type ssh\n',
    );
}

async function generate({ args: [name = '', secretName = '', keyName = ''], flags }: Given<Flags>): Promise<void> {
  const { UsageError } = await import('../../usage-error.ts');
  const { changeSecret, requireKeeper } = await import('../change-secret.ts');
  const { clusterSecrets, clustersOf, placeOf, repositoryHere } = await import('../cluster-secrets.ts');
  const { keyOf, secretOf } = await import('../target.ts');
  const bytes = Number(flags.bytes);
  if (!Number.isInteger(bytes) || bytes < 16 || bytes > 1024)
    throw new UsageError('--bytes is no whole number from 16 to 1024');
  const repository = repositoryHere();
  clustersOf(repository, [name]);
  const cluster = await clusterSecrets(repository, name);
  const secret = secretOf(cluster, secretName);
  const { key, what, generated } = keyOf(secret, keyName);
  const keeper = requireKeeper(cluster);
  const id = `${secret.namespace}/${secret.name}`;
  const form: GeneratedValue | undefined =
    flags.type === undefined || flags.type === generated?.type ? generated : { type: flags.type };
  if (!form)
    throw new UsageError(`nothing says that ${key} of ${id} (${what}) may be made up. If it may, --type says as what.`);
  const text = cluster.files.read(secret.namespace, secret.name);
  const missing = keeper
    .inspect(placeOf(cluster, secret), text, [key])
    .some((finding) => finding.kind === 'missing' && finding.key === key);
  if (!missing && !flags.replace)
    throw new UsageError(
      `${key} of ${id} has a value. --replace makes a new one; whoever has the old one must get it too.`,
    );
  const { value, shown } = await made(form, { bytes, alphabet: flags.alphabet, owner: `${cluster.name}/${id}` });
  const change = { set: new Map([[key, Buffer.from(value)]]), remove: [], dryRun: flags.dryRun ?? false };
  const told = await changeSecret(cluster, keeper, secret, change);
  // The public half of a value that was not written is of no use.
  console.log([told, ...(flags.dryRun ? [] : shown)].join('\n'));
}

async function made(
  form: GeneratedValue,
  { bytes, alphabet, owner }: { bytes: number; alphabet: Flags['alphabet']; owner: string },
): Promise<{ readonly value: string; readonly shown: readonly string[] }> {
  if (form.type === 'token') {
    const { token } = await import('../generate/token.ts');
    return { value: `${form.prefix ?? ''}${token(bytes, alphabet)}`, shown: [] };
  }
  const { ageKeyPair, ed25519KeyPair, sshKeyPair } = await import('../generate/key-pair.ts');
  const pairs = { age: ageKeyPair, ed25519: ed25519KeyPair, ssh: () => sshKeyPair(owner) };
  const pair = await pairs[form.type]();
  return { value: pair.value, shown: [`${pair.publicName}:`, pair.publicPart] };
}
