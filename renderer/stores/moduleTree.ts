/** Tensors as a tree of modules, by the dots in their names. Pure; nodes are numbers into columns. */

export interface ModuleTree {
  /** Last part of the path, e.g. "experts". */
  readonly names: readonly string[];
  /** Dotted path from the root. */
  readonly paths: readonly string[];
  /** -1 for the top modules. */
  readonly parents: Int32Array;
  readonly children: readonly (readonly number[])[];
  /** Module of each tensor. */
  readonly moduleOf: Int32Array;
  readonly top: readonly number[];
}

/** A row of the unfolded tree: a module, or a tensor under its module. */
export type TreeRow =
  | { readonly kind: 'module'; readonly node: number; readonly level: number; readonly open: boolean }
  | { readonly kind: 'tensor'; readonly tensor: number; readonly level: number };

export interface ModuleTotals {
  /** Per node, of the tensors that are shown. */
  readonly tensors: Uint32Array;
  readonly bytes: Float64Array;
  /** Per node and outcome: [3 x node + outcome]. */
  readonly outcomes: Uint32Array;
}

const trees = new WeakMap<readonly string[], ModuleTree>();

/** The last part of a name is its tensor, what is before it are modules. Built once. */
export function moduleTree(names: readonly string[]): ModuleTree {
  const known = trees.get(names);
  if (known) return known;
  const built = buildTree(names);
  trees.set(names, built);
  return built;
}

function buildTree(tensorNames: readonly string[]): ModuleTree {
  const byPath = new Map<string, number>();
  const names: string[] = [];
  const paths: string[] = [];
  const parents: number[] = [];
  const children: number[][] = [];
  const top: number[] = [];
  function nodeAt(path: string): number {
    const known = byPath.get(path);
    if (known !== undefined) return known;
    const cut = path.lastIndexOf('.');
    const parent = cut < 0 ? -1 : nodeAt(path.slice(0, cut));
    const node = names.length;
    byPath.set(path, node);
    names.push(path.slice(cut + 1));
    paths.push(path);
    parents.push(parent);
    children.push([]);
    (parent < 0 ? top : (children[parent] as number[])).push(node);
    return node;
  }
  const moduleOf = Int32Array.from(tensorNames, (name) => {
    const cut = name.lastIndexOf('.');
    return nodeAt(cut <= 0 ? '(top)' : name.slice(0, cut));
  });
  const order = new Intl.Collator('en', { numeric: true });
  const byName = (a: number, b: number) => order.compare(names[a] ?? '', names[b] ?? '');
  for (const list of children) if (list.length > 1) list.sort(byName);
  top.sort(byName);
  return { names, paths, parents: Int32Array.from(parents), children, moduleOf, top };
}

/** Sums over the tensors that are shown, each counted in its module and all above it. */
export function moduleTotals(
  tree: ModuleTree,
  rows: Uint32Array,
  bytes: Float64Array,
  outcome: Uint8Array,
): ModuleTotals {
  const count = tree.names.length;
  const totals = {
    tensors: new Uint32Array(count),
    bytes: new Float64Array(count),
    outcomes: new Uint32Array(3 * count),
  };
  for (const tensor of rows) {
    const node = tree.moduleOf[tensor] ?? 0;
    totals.tensors[node] = (totals.tensors[node] ?? 0) + 1;
    totals.bytes[node] = (totals.bytes[node] ?? 0) + (bytes[tensor] ?? 0);
    const cell = 3 * node + (outcome[tensor] ?? 0);
    totals.outcomes[cell] = (totals.outcomes[cell] ?? 0) + 1;
  }
  // Children have larger numbers than their parents, so one pass from the end carries everything up.
  for (let node = count - 1; node >= 0; node -= 1) {
    const parent = tree.parents[node] ?? -1;
    if (parent < 0) continue;
    totals.tensors[parent] = (totals.tensors[parent] ?? 0) + (totals.tensors[node] ?? 0);
    totals.bytes[parent] = (totals.bytes[parent] ?? 0) + (totals.bytes[node] ?? 0);
    for (let at = 0; at < 3; at += 1)
      totals.outcomes[3 * parent + at] =
        (totals.outcomes[3 * parent + at] ?? 0) + (totals.outcomes[3 * node + at] ?? 0);
  }
  return totals;
}

/**
 * The rows of the tree as far as it is unfolded. Modules without a shown tensor are left out.
 * @param open paths of the unfolded modules
 */
export function treeRows(
  tree: ModuleTree,
  rows: Uint32Array,
  totals: ModuleTotals,
  open: ReadonlySet<string>,
): TreeRow[] {
  const tensorsOf = new Map<number, number[]>();
  for (const tensor of rows) {
    const node = tree.moduleOf[tensor] ?? 0;
    if (!open.has(tree.paths[node] ?? '')) continue;
    const list = tensorsOf.get(node);
    if (list) list.push(tensor);
    else tensorsOf.set(node, [tensor]);
  }
  const result: TreeRow[] = [];
  function add(node: number, level: number): void {
    if ((totals.tensors[node] ?? 0) === 0) return;
    const isOpen = open.has(tree.paths[node] ?? '');
    result.push({ kind: 'module', node, level, open: isOpen });
    if (!isOpen) return;
    for (const child of tree.children[node] ?? []) add(child, level + 1);
    for (const tensor of tensorsOf.get(node) ?? []) result.push({ kind: 'tensor', tensor, level: level + 1 });
  }
  for (const node of tree.top) add(node, 0);
  return result;
}

/** Paths of all modules above a tensor, outermost first. */
export function modulesAbove(tree: ModuleTree, tensor: number): string[] {
  const paths: string[] = [];
  for (let node = tree.moduleOf[tensor] ?? -1; node >= 0; node = tree.parents[node] ?? -1) {
    paths.unshift(tree.paths[node] ?? '');
  }
  return paths;
}
