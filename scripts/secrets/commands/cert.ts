import { Command } from 'commander';
import { type Given, privateCommand } from '../private-command.ts';

interface Flags {
  readonly context?: string;
  readonly namespace?: string;
  readonly service?: string;
  readonly fingerprint?: string;
  readonly dryRun?: true;
}

/** `chitin secrets cert`. */
export function certCommand(): Command {
  const command = new Command('cert').description(
    'Pin the certificate of a Sealed Secrets controller, for which values are sealed. Compare its fingerprint with what the controller has: whoever hands you another certificate can read what you seal.',
  );
  const cluster = { '<cluster>': 'cluster with Sealed Secrets' };
  const pull = privateCommand<Flags>('pull', cluster, async ({ args: [name = ''], flags }) => {
    const { liveController } = await import('../sealed/controller.ts');
    const controller = await liveController(flags);
    await pin(name, { path: controller.shown, text: await controller.certificate() }, flags);
  })
    .description('Fetch the certificate from a live cluster, by the kubeconfig, and pin it.')
    .option('--context <name>', 'context of the kubeconfig (the current one)')
    .option('--namespace <name>', 'namespace of the controller (kube-system)')
    .option('--service <name>', 'service of the controller (sealed-secrets-controller)');
  const file = { ...cluster, '<file>': 'certificate in PEM, as kubeseal --fetch-cert writes it' };
  const pinFile = privateCommand<Flags>('pin', file, pinGiven).description('Pin a certificate from a file.');
  for (const each of [pull, pinFile]) {
    const example = each === pull ? 'pull edge --context edge' : 'pin edge ./controller.pem';
    command.addCommand(
      each
        .option('--fingerprint <sha256>', 'the fingerprint that you compared; without it you are asked')
        .option('--dry-run', 'write nothing; show the certificate')
        .addHelpText('after', `\nExample:\n  chitin secrets cert ${example}\n`)
        .exitOverride()
        .showHelpAfterError('(--help shows how)'),
    );
  }
  return command;
}

async function pinGiven({ args: [name = '', file = ''], flags }: Given<Flags>): Promise<void> {
  const { readFileSync } = await import('node:fs');
  await pin(name, { path: file, text: readFileSync(file, 'utf8') }, flags);
}

async function pin(name: string, given: { path: string; text: string }, flags: Flags): Promise<void> {
  const { UsageError } = await import('../../usage-error.ts');
  const { writeAll } = await import('../change-secret.ts');
  const { clusterSecrets, clustersOf, repositoryHere } = await import('../cluster-secrets.ts');
  const { certificateFile } = await import('../keepers.ts');
  const { pinOf } = await import('../sealed/pin.ts');
  const repository = repositoryHere();
  clustersOf(repository, [name]);
  const cluster = await clusterSecrets(repository, name);
  const { keeping } = cluster;
  if (keeping?.kind !== 'sealedSecrets')
    throw new UsageError(`cluster ${name} has ${cluster.backend}: only Sealed Secrets have a certificate`);
  const pinned = certificateFile(cluster, keeping);
  const { text, next, old, replaces, otherKey } = pinOf(pinned, given, new Date());
  console.log(
    [
      `subject      ${next.subject}`,
      `valid        ${next.notBefore} to ${next.notAfter}`,
      `key          RSA, ${next.bits} bits`,
      `fingerprint  ${next.fingerprint}`,
      ...(old && replaces ? [`pinned now   ${old.fingerprint}`] : []),
    ].join('\n'),
  );
  if (text === pinned.text) return console.log(`${pinned.path}: unchanged`);
  if (flags.dryRun) return console.log(`${pinned.path}: would be written`);
  await confirm(next.fingerprint, flags.fingerprint);
  await writeAll(cluster, [{ path: pinned.path, text, before: pinned.text }], false);
  console.log(`${pinned.path}: written`);
  if (otherKey)
    console.log(
      `It has another key than the one before: chitin secrets rotate ${name} says which values are concerned.`,
    );
}

/** Has a person say that the fingerprint is that of the controller. @throws UsageError when it is not, or nobody can be asked */
async function confirm(fingerprint: string, said: string | undefined): Promise<void> {
  const { UsageError } = await import('../../usage-error.ts');
  const plain = (text: string) =>
    text
      .replace(/^sha256[:=]/i, '')
      .replaceAll(':', '')
      .toUpperCase();
  if (said !== undefined) {
    if (plain(said) === plain(fingerprint)) return;
    throw new UsageError('--fingerprint is not that of the certificate; nothing was changed');
  }
  const compare =
    'openssl x509 -noout -fingerprint -sha256 on the certificate in the cluster (kubectl get secret -n kube-system -l sealedsecrets.bitnami.com/sealed-secrets-key) shows the right one';
  if (!process.stdin.isTTY)
    throw new UsageError(`nothing was changed. Compare the fingerprint, and give it with --fingerprint: ${compare}`);
  const { createInterface } = await import('node:readline/promises');
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asked.question(`${compare}.\nIs it the same? Type yes: `);
  asked.close();
  if (answer.trim() !== 'yes') throw new UsageError('given up; nothing was changed');
}
