"""The rendered book: `build.build` executes what needs it, stages pages from records, and renders them strictly."""
