import type { Image } from '../../images.ts';
import type { ZeroClawTool } from './approval.ts';

/**
 * How much the agent may do by itself. `readonly`: no built-in tool that writes or runs anything; MCP tools still run.
 * `supervised`: asks in the channel before what is not in `autoApprove`. `full`: never asks, and its file tools leave the
 * workspace.
 */
export type AutonomyLevel = 'readonly' | 'supervised' | 'full';

/** Options of `zeroClaw()`. Size of the state, resources and environment are options of the agent. */
export interface ZeroClawOptions {
  /** @default 'supervised' */
  readonly level?: AutonomyLevel;
  /**
   * Names or absolute paths of programs that the agent may run in its shell, beside the scripts of its skills. ZeroClaw
   * also refuses `$`, backquotes and redirections to files, and each part of a pipe has to be listed.
   * @default none
   */
  readonly commands?: readonly string[];
  /**
   * Tools that run without approval.
   * @default ZeroClaw's own list of reading tools, and the tools of the MCP server that replaces the web
   */
  readonly autoApprove?: readonly ZeroClawTool[];
  /**
   * Tool calls per hour and person; one more is refused until an hour has passed. ZeroClaw's own default is 20, which
   * one look at a cluster uses up.
   * @default 200
   */
  readonly actionsPerHour?: number;
  /** Serves Prometheus metrics at `/metrics` of the gateway's port, without authentication. @default false */
  readonly metrics?: boolean;
  /**
   * The program's image. One with a shell is needed for `commands`, scripts of skills and seeds.
   * @default `images.zeroClaw`, and `images.zeroClawDebian` where a shell is needed
   */
  readonly image?: Image;
}
