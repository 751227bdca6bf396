extension DocumentationPage {
    /// Follows the reader's light or dark choice; narrow screens get the contents above the text.
    static let style = """
        :root { color-scheme: light dark;
          --ink: #1c2733; --soft: #5b6b7b; --line: #dde3ea; --page: #fff; --side: #f6f8fa; --code: #f3f5f8;
          --link: #0b5cad; --get: #0b6bcb; --post: #1a7f45; --put: #9a6200; --delete: #b42318; }
        @media (prefers-color-scheme: dark) { :root {
          --ink: #dfe6ee; --soft: #93a1b0; --line: #2c3744; --page: #12171d; --side: #171d24; --code: #1d252e;
          --link: #79b8ff; --get: #58a6ff; --post: #56d38a; --put: #e3b341; --delete: #ff8278; } }
        * { box-sizing: border-box; }
        html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
        body { margin: 0; display: grid; grid-template-columns: 20rem minmax(0, 1fr); color: var(--ink);
          background: var(--page); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
        nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.25rem 1rem 2rem; background: var(--side);
          border-right: 1px solid var(--line); }
        nav .name { margin: 0 0 .5rem; font-size: 1.15rem; font-weight: 650; }
        nav .name span { color: var(--soft); font-size: .8rem; font-weight: 400; }
        nav h2 { margin: 1.1rem 0 .25rem; font-size: .75rem; letter-spacing: .06em; text-transform: uppercase; }
        nav h2 a { color: var(--soft); }
        nav ul { margin: 0; padding: 0; list-style: none; }
        nav li a { display: flex; align-items: baseline; gap: .5rem; padding: .15rem 0; color: var(--ink); font-size: .82rem; }
        nav .verb { flex: 0 0 3.6rem; font-size: .66rem; }
        nav .path { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
          font-size: .76rem; overflow-wrap: anywhere; }
        main { max-width: 62rem; padding: 1.5rem 2rem 6rem; }
        h1 { margin: 0 0 .5rem; font-size: 1.8rem; line-height: 1.2; }
        section > h2 { margin: 2.5rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line);
          font-size: 1.25rem; text-transform: capitalize; }
        h3 { margin: 1.5rem 0 .4rem; font-size: 1rem; }
        h4 { margin: 1.1rem 0 .4rem; font-size: .9rem; }
        h4 small { color: var(--soft); font-weight: 400; }
        a { color: var(--link); text-decoration: none; }
        a:hover { text-decoration: underline; }
        code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .85em; }
        code { padding: .1em .3em; border-radius: 4px; background: var(--code); overflow-wrap: anywhere; }
        pre { margin: 0; padding: .75rem 1rem; border-radius: 6px; background: var(--code); line-height: 1.5; overflow-x: auto; }
        pre i { color: var(--soft); } pre b { font-weight: 500; }
        table { width: 100%; border-collapse: collapse; font-size: .9rem; }
        th, td { padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
        thead th { color: var(--soft); font-weight: 500; }
        tbody th { width: 10rem; font-weight: 600; white-space: nowrap; }
        .verb { display: inline-block; font-size: .72rem; font-weight: 700; letter-spacing: .03em; }
        .verb.get { color: var(--get); } .verb.post { color: var(--post); }
        .verb.put, .verb.patch { color: var(--put); } .verb.delete { color: var(--delete); }
        details { margin: .5rem 0; border: 1px solid var(--line); border-radius: 8px; }
        details:target { border-color: var(--link); }
        summary { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .75rem; padding: .55rem .9rem; cursor: pointer; }
        summary::marker { content: none; }
        summary .verb { flex: 0 0 3.6rem; }
        summary code { background: none; padding: 0; font-size: .92em; font-weight: 600; }
        summary .what { color: var(--soft); }
        details[open] summary { border-bottom: 1px solid var(--line); }
        .inside { padding: .25rem 1rem 1rem; }
        .note { margin: .6rem 0; color: var(--soft); font-size: .88rem; }
        .status { display: inline-block; min-width: 2.6rem; font-weight: 700; }
        .status.good { color: var(--post); } .status.bad { color: var(--delete); } .status.other { color: var(--put); }
        @media (max-width: 60rem) {
          body { display: block; }
          nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); }
          main { padding: 1rem; } }
        @media print { nav { display: none; } body { display: block; } }
        """
}
