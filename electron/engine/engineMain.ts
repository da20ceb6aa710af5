/** Entry of the utility process: ports in, dispatcher out. The only engine file that knows Electron. */
import { constants, getPriority, setPriority } from 'node:os';
import type { MessagePortMain, ParentPort } from 'electron';
import { engineArgumentsSchema, type FromEngine, toEngineSchema } from '../common/processMessages.ts';
import { Dispatcher } from './dispatcher.ts';
import { Session } from './session/session.ts';

const parentPort: ParentPort = process.parentPort;
const { addonPath, version } = engineArgumentsSchema.parse(JSON.parse(process.argv[2] ?? '{}'));
// A decode or a load takes every core it can get; the window that shows it must still be drawn in time. Set before any
// thread of the native library starts, so that they inherit it.
const { PRIORITY_BELOW_NORMAL } = constants.priority;
// Raising what someone has set lower is not allowed.
if (getPriority() < PRIORITY_BELOW_NORMAL) setPriority(PRIORITY_BELOW_NORMAL);
const tellMain = (message: FromEngine) => parentPort.postMessage(message);

const session = new Session({
  addonPath,
  version,
  checksValues: true,
  emit: (event, payload) => dispatcher.emit(event, payload),
  emitStep: (step) => dispatcher.emitStep(step),
});
const dispatcher = new Dispatcher(session.handlers);

parentPort.on('message', ({ data, ports }) => {
  const message = toEngineSchema.safeParse(data);
  if (!message.success) return;
  if (message.data.type === 'connect') {
    if (ports[0] !== undefined) attach(ports[0]);
  } else if (message.data.type === 'ask') {
    tellMain({ type: 'answer' });
  } else {
    void open(message.data.path);
  }
});

function attach(port: MessagePortMain): void {
  dispatcher.attach(port);
  port.on('message', ({ data }) => void dispatcher.receive(port, data));
  port.on('close', () => dispatcher.detach(port));
  port.start();
}

async function open(path: string): Promise<void> {
  const result = await session.open(path);
  if (result.ok) tellMain({ type: 'opened', name: result.name, folder: result.folder });
}
