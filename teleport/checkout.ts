import * as path from "node:path";

/** Folder of the checkout. Only this file asks for its own folder, which the bundle has to keep (bin/bundle.cjs). */
export const CHECKOUT = path.resolve(__dirname, "..");
