/** An integer as pg_dump writes it. */
const integer = (value: number) => {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32LE(value, 1);
  return bytes;
};

/** The head of an archive of `pg_dump -Fc`: format 1.14 of PostgreSQL 15, or 1.15 and 1.16 of later versions. */
export function dumpHead(database: string, made: Date, minor = 14): Buffer {
  const compression = minor >= 15 ? Buffer.from([1]) : integer(6);
  const time = [made.getSeconds(), made.getMinutes(), made.getHours(), made.getDate()];
  const date = [made.getMonth(), made.getFullYear() - 1900, 0];
  return Buffer.concat([
    Buffer.from("PGDMP"),
    Buffer.from([1, minor, 0, 4, 8, 1]),
    compression,
    ...[...time, ...date].map(integer),
    integer(database.length),
    Buffer.from(database),
    Buffer.alloc(64),
  ]);
}
