/** The agent's MCP client alone, as the conformance suite starts it: lists the tools of a server and calls each. `mcp-client.ts URL` */
import { parseConfig } from '../src/config.ts';
import { makeLogger } from '../src/log.ts';
import { openMcp } from '../src/mcp.ts';
import { callTool } from '../src/testing.ts';

const calls: Record<string, object> = { add_numbers: { a: 2, b: 3 }, test_reconnection: {} };
const { tools } = parseConfig({
  agent: { name: 'a' },
  state: '/s',
  workspace: '/w',
  models: {
    providers: { m: { api: 'openai-compatible', baseUrl: 'http://m' } },
    chain: [{ provider: 'm', model: 'm' }],
  },
  tools: {
    mcp: { suite: { url: process.argv[2], tools: Object.fromEntries(Object.keys(calls).map((name) => [name, {}])) } },
  },
});
const box = await openMcp(tools.mcp, makeLogger('info', process.stderr));
for (const [name, input] of Object.entries(calls)) {
  if (!box.tools().some((tool) => tool.name === `suite_${name}`)) continue;
  console.log(await callTool(box, `suite_${name}`, input));
}
const unconnected = box.problems?.().filter((problem) => problem.includes('not connected')) ?? [];
for (const problem of unconnected) console.error(problem);
await box.close?.();
process.exit(unconnected.length);
