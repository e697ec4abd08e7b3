import program from "../../index";

// The program of this checkout, run in this folder: files that the settings name are found here.
export = program;
