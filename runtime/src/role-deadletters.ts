import { openBase } from './assemble.ts';
import type { Config } from './config.ts';

/** `deadletters list`, `deadletters replay <queue> <id>`, `deadletters replay --all`; beside a running agent too. */
export async function deadletters(config: Config, [verb, ...rest]: readonly string[]): Promise<number> {
  const { bus, database } = openBase(config);
  try {
    const letters = await bus.deadLetters();
    if (verb === 'list' && rest.length === 0) {
      for (const letter of letters) process.stdout.write(`${JSON.stringify(letter)}\n`);
      return 0;
    }
    const [queue, id] = rest;
    if (verb === 'replay' && queue === '--all' && id === undefined) {
      for (const letter of letters) await bus.replay(letter.queue, letter.id);
      process.stdout.write(`${letters.length} replayed\n`);
      return 0;
    }
    if (verb === 'replay' && (queue === 'inbox' || queue === 'outbox') && id !== undefined) {
      if (await bus.replay(queue, id)) return 0;
      process.stderr.write(`there is no dead letter ${id} in the ${queue}\n`);
      return 1;
    }
    process.stderr.write('usage: deadletters list | replay inbox|outbox ID | replay --all\n');
    return 2;
  } finally {
    database.close();
  }
}
