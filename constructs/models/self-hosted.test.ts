import { expect, test } from 'vitest';
import { custom } from '../runtimes/custom.ts';
import { oneAgent, problemsOf, program, rendered } from '../testing/cluster.ts';
import { folder, secretFiles } from '../testing/folder.ts';
import type { Provider } from './provider.ts';
import { route } from './route.ts';
import { liteLlm, ollama, vllm } from './self-hosted.ts';

const about = (provider: Provider) => ({
  name: provider.name,
  api: provider.api,
  url: provider.baseUrl?.('cluster.local'),
  secret: provider.secret?.name,
  peer: provider.flow.peer,
  ports: provider.flow.ports,
});
const named = (name: string) => ({ kind: 'pods', namespace: 'llm', labels: { 'app.kubernetes.io/name': name } });

test('each is at its own port, with a key where it wants one', () => {
  expect([liteLlm({ namespace: 'llm' }), ollama({ namespace: 'llm' })].map(about)).toEqual([
    {
      name: 'litellm',
      api: 'openai',
      url: 'http://litellm.llm.svc.cluster.local:4000/v1',
      secret: 'litellm',
      peer: named('litellm'),
      ports: [{ port: 4000 }],
    },
    {
      name: 'ollama',
      api: 'openai',
      url: 'http://ollama.llm.svc.cluster.local:11434/v1',
      secret: undefined,
      peer: named('ollama'),
      ports: [{ port: 11434 }],
    },
  ]);
  expect(about(vllm({ namespace: 'llm', labels: { app: 'qwen' } }))).toEqual({
    name: 'vllm',
    api: 'openai',
    url: 'http://vllm.llm.svc.cluster.local:8000/v1',
    secret: undefined,
    peer: { kind: 'pods', namespace: 'llm', labels: { app: 'qwen' } },
    ports: [{ port: 8000 }],
  });
});

test('what is otherwise in a cluster is said', () => {
  const provider = vllm({
    name: 'qwen',
    namespace: 'ai',
    service: 'qwen-router',
    port: 80,
    containerPort: 8001,
    labels: { environment: 'router' },
    key: true,
  });
  expect(about(provider)).toEqual({
    name: 'qwen',
    api: 'openai',
    url: 'http://qwen-router.ai.svc.cluster.local:80/v1',
    secret: 'qwen',
    peer: { kind: 'pods', namespace: 'ai', labels: { environment: 'router' } },
    ports: [{ port: 8001 }],
  });
  expect(route('qwen/Qwen3-32B', { providers: [provider] }).primary.model).toBe('Qwen3-32B');
  // @ts-expect-error: its charts agree on no labels
  expect(vllm({ namespace: 'llm' }).name).toBe('vllm');
});

test('Gemini first, then models of the cluster through LiteLLM: two keys, two ways out', () => {
  const model = route('google/gemini-2.5-flash', {
    fallbacks: ['litellm/llama3.1', 'litellm/qwen3', 'litellm/qwen2.5-coder:14b'],
    providers: [liteLlm({ namespace: 'llm' })],
  });
  expect(model.fallbacks.map(({ provider, model }) => [provider.name, model])).toEqual([
    ['litellm', 'llama3.1'],
    ['litellm', 'qwen3'],
    ['litellm', 'qwen2.5-coder:14b'],
  ]);
  const keys = { 'demo/agent-google': { 'api-key': 'a' }, 'demo/agent-litellm': { 'api-key': 'b' } };
  const directory = `${folder(secretFiles(keys))}/clusters/test`;
  const needs = custom({
    ...program,
    env: ({ model }) =>
      Object.fromEntries(
        model.providers.flatMap(({ name, secret }) =>
          secret ? [[name.toUpperCase(), { need: secret, key: 'api-key' }]] : [],
        ),
      ),
  });
  const { cluster } = oneAgent({ model, runtime: needs }, { directory });
  const objects = rendered(cluster);
  expect(problemsOf(cluster)).toEqual([]);
  expect(Object.keys(objects).filter((name) => name.startsWith('Secret '))).toEqual([
    'Secret agent-google',
    'Secret agent-litellm',
  ]);
  expect(objects['CiliumNetworkPolicy agent'].metadata.annotations['chitin.dev/flows']).toBe(
    'out generativelanguage.googleapis.com:443 (model provider google)\n' +
      'out llm/app.kubernetes.io/name=litellm:4000 (model provider litellm)\n',
  );
});

test('a runtime that does not speak Google is told so, and the way round it', () => {
  const runtime = { ...custom(program), name: 'plain', modelApis: undefined };
  const { cluster } = oneAgent({ runtime, model: route('google/gemini-2.5-flash') });
  expect(problemsOf(cluster)).toEqual([
    {
      message: 'runtime plain does not speak the API of model provider google (google)',
      help: "It speaks: anthropic, openai. LiteLLM offers models of other providers by OpenAI's.",
    },
  ]);
});
