/** Names that are close to one that is not there. */

const shown = 3;

/** By the parts between dots and underscores that a name shares with the wanted one; those in the same place count twice. */
export function nearestNames(names: readonly string[], wanted: string): string[] {
  const containing = names.filter((name) => name.includes(wanted)).slice(0, shown);
  if (containing.length > 0 && wanted !== '') return containing;
  const parts = wanted.split(/[._]/);
  const scored = names.map((name) => {
    const own = name.split(/[._]/);
    const common = own.filter((part) => parts.includes(part)).length;
    const inPlace = own.filter((part, at) => parts[at] === part).length;
    return { name, score: (common + inPlace) / (own.length + parts.length) };
  });
  return scored
    .filter(({ score }) => score > 0.5)
    .sort((a, b) => b.score - a.score)
    .slice(0, shown)
    .map(({ name }) => name);
}
