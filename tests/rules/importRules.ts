/**
 * Who may import whom: an allow-list of rooms, and the check that applies it. A room may always import itself. Paths are
 * relative to the repository root with forward slashes.
 */
import { posix } from 'node:path';
import { findImports, findIncludes } from './importScanner.ts';

export interface Room {
  readonly name: string;
  /** The first room whose pattern matches a path owns it. */
  readonly owns: RegExp;
  /** Room names, package names, or `node:*`; `types:ROOM` allows that room's types only. */
  readonly may: readonly string[];
}

const engineRooms = ['session', 'checkpoint', 'loading', 'placement', 'values', 'decoding', 'kernels', 'nativeKernels'];

export const typescriptRooms: readonly Room[] = [
  { name: 'common', owns: /^electron\/common\//, may: ['zod'] },
  { name: 'preload', owns: /^electron\/preload\//, may: ['electron', 'common'] },
  { name: 'main', owns: /^electron\/main\//, may: ['electron', 'node:*', 'zod', 'common'] },
  {
    name: 'cli',
    owns: /^electron\/cli\//,
    may: ['node:*', 'zod', 'common', 'dispatcher', 'tokenizer', ...engineRooms],
  },
  {
    name: 'engineMain',
    owns: /^electron\/engine\/engineMain\.ts$/,
    // node:os for its own priority beside the window.
    may: ['electron', 'node:os', 'dispatcher', 'session', 'common'],
  },
  { name: 'dispatcher', owns: /^electron\/engine\/dispatcher\.ts$/, may: ['common'] },
  {
    name: 'checkpoint',
    owns: /^electron\/engine\/checkpoint\//,
    may: ['node:fs', 'node:fs/promises', 'node:path', 'node:zlib', 'common'],
  },
  { name: 'loading', owns: /^electron\/engine\/loading\//, may: ['common'] },
  { name: 'placement', owns: /^electron\/engine\/placement\//, may: ['common'] },
  { name: 'values', owns: /^electron\/engine\/values\//, may: ['common'] },
  {
    name: 'tokenizer',
    owns: /^electron\/engine\/decoding\/tokenizer\.ts$/,
    may: ['@huggingface/tokenizers', 'decoding', 'common'],
  },
  { name: 'decoding', owns: /^electron\/engine\/decoding\//, may: ['tokenizer', 'kernels', 'common'] },
  {
    name: 'nativeKernels',
    owns: /^electron\/engine\/kernels\/nativeKernels\.ts$/,
    may: ['node:*', 'kernels', 'common'],
  },
  { name: 'kernels', owns: /^electron\/engine\/kernels\//, may: ['common'] },
  {
    name: 'session',
    owns: /^electron\/engine\/session\//,
    may: [
      'node:*',
      'types:dispatcher',
      'checkpoint',
      'loading',
      'placement',
      'values',
      'tokenizer',
      'decoding',
      'kernels',
      'nativeKernels',
      'common',
    ],
  },
  { name: 'engineClient', owns: /^renderer\/engineClient\.ts$/, may: ['zod', 'common'] },
  { name: 'format', owns: /^renderer\/format\.ts$/, may: ['types:common'] },
  { name: 'exports', owns: /^renderer\/exports\//, may: ['format', 'common'] },
  {
    name: 'stores',
    owns: /^renderer\/stores\//,
    may: ['zustand/vanilla', 'engineClient', 'exports', 'format', 'common'],
  },
  { name: 'views', owns: /^renderer\/views\//, may: ['react', 'stores', 'widgets', 'format', 'types:common'] },
  {
    name: 'widgets',
    owns: /^renderer\/widgets\//,
    may: ['react', 'react-dom', 'recharts', 'lucide-react', '@tanstack/react-virtual', 'format'],
  },
  { name: 'styles', owns: /^renderer\/.*\.css$/, may: [] },
  {
    name: 'window frame',
    owns: /^renderer\/[^/]+\.tsx?$/,
    may: ['react', 'react-dom/client', 'views', 'widgets', 'stores', 'engineClient', 'styles'],
  },
];

/** Headers are named from native/ or native/include/; anything else is a system header. */
export const nativeRooms: readonly Room[] = [
  { name: 'the C ABI', owns: /^native\/include\/draftscope\//, may: ['standard headers'] },
  { name: 'what backends share', owns: /^native\/shared\//, may: ['the C ABI', 'standard headers'] },
  { name: 'cpu', owns: /^native\/cpu\//, may: ['what backends share', 'the C ABI', 'standard headers'] },
  {
    name: 'cuda',
    owns: /^native\/cuda\//,
    may: ['what backends share', 'the C ABI', 'CUDA headers', 'standard headers'],
  },
  { name: 'CUDA on host', owns: /^native\/cuda_on_host\//, may: ['CUDA headers', 'standard headers'] },
  { name: 'model', owns: /^native\/model\//, may: ['the C ABI', 'standard headers'] },
  { name: 'addon', owns: /^native\/addon\//, may: ['napi.h', 'model', 'the C ABI', 'standard headers'] },
  {
    name: 'native tests',
    owns: /^native\/tests\//,
    may: ['model', 'the C ABI', 'what backends share', 'standard headers'],
  },
  {
    name: 'native bench',
    owns: /^native\/bench\//,
    may: ['model', 'the C ABI', 'what backends share', 'native tests', 'standard headers'],
  },
];

const cudaHeader = /^(cuda|cublas|curand|cooperative_groups|mma\.h|nv)/;
const nodeHeader = /^(napi|node_api|js_native_api|node|v8|uv)\b.*\.h$/;

function roomOf(path: string, rooms: readonly Room[]): Room | undefined {
  return rooms.find((room) => room.owns.test(path));
}

/** @returns why `from` may not import `target`, or null */
function judge(from: string, room: Room, target: string, targetName: string, typeOnly: boolean): string | null {
  if (targetName === room.name || room.may.includes(targetName)) return null;
  if (typeOnly && room.may.includes(`types:${targetName}`)) return null;
  if (target.startsWith('node:') && room.may.includes('node:*')) return null;
  const allowed = room.may.join(', ') || 'nothing';
  return `${from} (${room.name}) may not import ${target} (${targetName}); allowed: ${allowed}`;
}

function noRoom(path: string): string {
  return `${path} is in no room of the import rules`;
}

/**
 * @param path of a TypeScript file
 * @returns one sentence per forbidden import
 */
export function checkTypescript(path: string, source: string): string[] {
  const room = roomOf(path, typescriptRooms);
  if (room === undefined) return [noRoom(path)];
  const broken: string[] = [];
  for (const { specifier, typeOnly } of findImports(source)) {
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier;
    const targetName = specifier.startsWith('.') ? roomOf(target, typescriptRooms)?.name : specifier;
    const why = targetName === undefined ? noRoom(target) : judge(path, room, target, targetName, typeOnly);
    if (why !== null) broken.push(why);
  }
  return broken;
}

/**
 * @param path of a C, C++ or CUDA file below native/
 * @param exists tells whether a repository path is a file
 * @returns one sentence per forbidden include
 */
export function checkNative(path: string, source: string, exists: (path: string) => boolean): string[] {
  const room = roomOf(path, nativeRooms);
  if (room === undefined) return [noRoom(path)];
  const broken: string[] = [];
  for (const header of findIncludes(source)) {
    const places = [posix.join(posix.dirname(path), header), `native/${header}`, `native/include/${header}`];
    const target = places.find((place) => exists(place)) ?? header;
    const why = judge(path, room, target, nativeTargetName(target), false);
    if (why !== null) broken.push(why);
  }
  return broken;
}

function nativeTargetName(target: string): string {
  const room = roomOf(target, nativeRooms);
  if (room !== undefined) return room.name;
  if (nodeHeader.test(target)) return 'napi.h';
  return cudaHeader.test(target) ? 'CUDA headers' : 'standard headers';
}
