import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import type { Toolbox } from './tool.ts';

/** The tools that the configuration asks for; a tool that it does not is not loaded. */
export async function openToolboxes(config: Config, log: Logger): Promise<Toolbox[]> {
  const { files, memory, mcp, kubernetes, proposePatch } = config.tools;
  const open: Promise<Toolbox>[] = [import('./skills.ts').then(({ openSkills }) => openSkills(config, log))];
  if (files !== undefined) open.push(import('./files.ts').then(({ openFiles }) => openFiles(config.workspace, files)));
  if (memory !== undefined) open.push(import('./memory.ts').then(({ openMemory }) => openMemory(config.state, memory)));
  if (Object.keys(mcp).length > 0) open.push(import('./mcp.ts').then(({ openMcp }) => openMcp(mcp, log)));
  if (kubernetes !== undefined)
    open.push(import('./kubernetes.ts').then(({ openKubernetes }) => openKubernetes(kubernetes)));
  if (proposePatch !== undefined)
    open.push(import('./propose-patch.ts').then(({ openProposePatch }) => openProposePatch(config, proposePatch)));
  return Promise.all(open);
}
