"""The drawings of the pages: 16 × 16, stroked in the text's colour."""

ICONS = {
    "overview": '<path d="M2 13.5h12M3.5 11V8M6.5 11V5M9.5 11V7M12.5 11V3"/>',
    "boards": '<rect x="1.5" y="2" width="7" height="7" rx="1"/><rect x="11" y="2" width="3.500" height="7" rx="1"/>'
    '<rect x="1.5" y="11.500" width="13" height="3" rx="1"/>',
    "grip": '<path d="M6 4h.01M6 8h.01M6 12h.01M10 4h.01M10 8h.01M10 12h.01"/>',
    "corner": '<path d="M13 7 7 13M13 11l-2 2"/>',
    "refresh": '<path d="M13.500 8A5.500 5.500 0 1 1 11.800 4M12 1v3.200H8.800"/>',
    "screen": '<rect x="1.5" y="2.500" width="13" height="9" rx="1"/><path d="M5 14h6"/>',
    "full": '<path d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4"/>',
    "share": '<path d="M8 10V2M5 4.500 8 1.800l3 2.700M3.500 7.500v6.500h9V7.500"/>',
    "note": '<path d="M4 14V2h8l-2 3.500L12 9H4"/>',
    "trash": '<path d="M2.500 4h11M6 4V2h4v2M4 4l.7 10h6.600L12 4"/>',
    "live": '<path d="M1.5 8h3l2-5 3 10 2-5h3"/>',
    "delivery": '<path d="M8 2v8m0 0L5 7m3 3 3-3M2.5 11v2.5h11V11"/>',
    "connections": '<circle cx="4" cy="8" r="2"/><circle cx="12" cy="3.5" r="2"/><circle cx="12" cy="12.5" r="2"/>'
    '<path d="m5.8 7 4.4-2.5M5.8 9l4.4 2.5"/>',
    "install": '<path d="m5 4.5-3.5 3.5L5 11.5M11 4.5l3.5 3.5-3.5 3.5M9 3 7 13"/>',
    "events": '<path d="M5.5 3.5h9M5.5 8h9M5.5 12.5h9M2 3.5h.1M2 8h.1M2 12.5h.1"/>',
    "quality": '<path d="M8 1.5 13.5 3.5V8c0 3-2.2 5.3-5.5 6.5C4.7 13.3 2.5 11 2.5 8V3.5Z"/>'
    '<path d="m5.5 8 2 2 3-3.5"/>',
    "find": '<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 4 4"/>',
    "settings": '<path d="M2 4.5h6m4 0h2M2 11.5h2m4 0h6"/>'
    '<circle cx="10" cy="4.5" r="2"/><circle cx="6" cy="11.5" r="2"/>',
    "keys": '<circle cx="5" cy="11" r="2.5"/><path d="m6.8 9.2 6.2-6.2m-2.5 2.5L12.5 7.5M9 7l1.5 1.5"/>',
    "insights": '<path d="M2 13.5h12M4 10.5 7 7l2.500 2L13 4"/>',
    "sql": '<path d="m2 4 4 4-4 4M8 12.500h6"/>',
    "plus": '<path d="M8 3v10M3 8h10"/>',
    "more": '<path d="M3 8h.1M8 8h.1M13 8h.1" stroke-width="2.500"/>',
    "search": '<circle cx="7" cy="7" r="4.500"/><path d="m10.500 10.500 3.500 3.500"/>',
    "menu": '<path d="M2 4h12M2 8h12M2 12h12"/>',
    "close": '<path d="m3.5 3.5 9 9m0-9-9 9"/>',
    "chevron": '<path d="m4.5 6.5 3.5 3.5 3.5-3.5"/>',
    "check": '<path d="m3 8.5 3.5 3.5L13 4.5"/>',
    "sun": '<circle cx="8" cy="8" r="3"/>'
    '<path d="M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1"/>',
    "moon": '<path d="M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7Z"/>',
    "system": '<rect x="1.5" y="2.5" width="13" height="9" rx="1"/><path d="M5.5 14h5M8 11.5V14"/>',
    "user": '<circle cx="8" cy="5" r="2.8"/><path d="M2.5 14c.6-3 2.8-4.5 5.5-4.5s4.9 1.5 5.5 4.5"/>',
    "sessions": '<circle cx="8" cy="8" r="6"/><path d="M8 4.500V8l2.500 2"/>',
    "cohorts": '<circle cx="5.500" cy="5.500" r="2.300"/><path d="M1.500 13.500c.4-2.700 2-4 4-4s3.600 1.300 4 4"/>'
    '<path d="M10 3.500a2.300 2.300 0 0 1 0 4.200M11.500 9.700c1.700.4 2.700 1.700 3 3.800"/>',
    "alert": '<path d="M8 1.8 15 14H1L8 1.800Z"/><path d="M8 6.500v3.500M8 12v.1"/>',
    "info": '<circle cx="8" cy="8" r="6.5"/><path d="M8 7.500v3.500M8 5v.1"/>',
    "pause": '<path d="M5 3v10M11 3v10"/>',
    "table": '<rect x="1.5" y="2.5" width="13" height="11" rx="1"/><path d="M1.5 6.500h13M6 6.500v7"/>',
    "download": '<path d="M8 2v8m0 0L5 7m3 3 3-3M3 13.5h10"/>',
    "filter": '<path d="M2 3h12M4.500 8h7M6.500 13h3"/>',
    "up": '<path d="M8 13V3M4 7l4-4 4 4"/>',
    "down": '<path d="M8 3v10M4 9l4 4 4-4"/>',
}
