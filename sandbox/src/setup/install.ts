import { mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const mark = ".partial-";

/**
 * Make a folder that is either absent or complete: `produce` fills a temporary folder beside it, which takes
 * the final name only at the end. What an interrupted run left is removed first. Call it under the lock.
 */
export async function installFolder(
  target: string,
  produce: (folder: string) => Promise<void>,
): Promise<void> {
  const parent = dirname(target);
  await mkdir(parent, { recursive: true });
  const leftovers = (await readdir(parent)).filter((name) =>
    name.startsWith(basename(target) + mark),
  );
  for (const name of leftovers) await removeTree(join(parent, name));
  const temporary = join(parent, `${basename(target)}${mark}${process.pid}`);
  await mkdir(temporary);
  try {
    await produce(temporary);
    await removeTree(target);
    await rename(temporary, target);
  } catch (error) {
    await removeTree(temporary);
    throw error;
  }
}

/** Write a file in one step, so that no reader ever sees half of it. */
export async function writeWhole(file: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}${mark}${process.pid}`;
  await writeFile(temporary, text, { mode });
  await rename(temporary, file);
}

/** Make a symbolic link in one step, over an older one if need be. */
export async function installLink(target: string, link: string): Promise<void> {
  const temporary = `${link}${mark}${process.pid}`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, link);
}

/** Remove a folder. */
export async function removeTree(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
