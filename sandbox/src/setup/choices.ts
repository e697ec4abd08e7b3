/** Where plugins and charts come from: the vendor, or a stand-in of the sandbox. */
export type Source = "official" | "standin";
/** The same, or whichever can be had. */
export type Choice = Source | "auto";
/** How programs are had: the vendors' releases, or compiled. */
export type ToolsChoice = "auto" | "download" | "source";
