/** A name that is cut at its beginning when space is short: the end of a tensor's name tells most. */
export function LongName({ name }: { name: string }) {
  return (
    <span className="longName mono" title={name}>
      <bdi>{name}</bdi>
    </span>
  );
}
