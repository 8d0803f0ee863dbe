import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A control group that a process can be started in, with a limit of its memory, as a container has. */
export class MemoryLimit {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @returns undefined where this user may not make one */
  static make(bytes: number): MemoryLimit | undefined {
    const old = existsSync('/sys/fs/cgroup/memory');
    const folder = join(old ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup', `chitin-crash-${process.pid}`);
    try {
      mkdirSync(folder);
      writeFileSync(join(folder, old ? 'memory.limit_in_bytes' : 'memory.max'), String(bytes));
      return new MemoryLimit(folder);
    } catch {
      return undefined;
    }
  }

  /** After its last process has ended. */
  remove(): void {
    rmdirSync(this.folder);
  }
}
