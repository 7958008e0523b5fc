//! The demo's customers: made-up names from several countries, one written from right to left, one in Chinese.

/// Name, external id, contact, locale, limit of credits.
pub(super) const CUSTOMERS: [(&str, &str, &str, &str, Option<i64>); 15] = [
    ("Brauhaus Sonnental GmbH & Co. KG", "DE-10042", "technik@sonnental.example", "de", Some(60)),
    ("Aciéries du Val Brun", "FR-20017", "maintenance@valbrun.example", "fr", Some(40)),
    ("Lakeshore Dairy Cooperative", "US-30981", "it@lakeshore.example", "en", Some(30)),
    ("Papelera del Segre Norte", "ES-40110", "sistemas@segrenorte.example", "es", Some(30)),
    ("Nordfjell Kraft AS", "NO-50023", "drift@nordfjell.example", "en", None),
    ("مصنع الواحة للأغذية", "AE-60007", "it@alwaha.example", "en", Some(24)),
    ("青石精密机械", "CN-70055", "it@qingshi.example", "en", Some(24)),
    ("Usina Rio Claro", "BR-80120", "ti@rioclaro.example", "es", None),
    ("Marlow & Finch Packaging", "GB-90031", "systems@marlowfinch.example", "en", Some(20)),
    ("Talkessel Chemie AG", "CH-11002", "sap@talkessel.example", "de", Some(40)),
    ("Ceramiche Montalto", "IT-12077", "it@montalto.example", "en", Some(20)),
    ("Västra Trä AB", "SE-13040", "it@vastratra.example", "en", Some(20)),
    ("Harbour Foods Auckland", "NZ-14009", "ops@harbourfoods.example", "en", None),
    ("Hutnia Zachód", "PL-15063", "utrzymanie@zachod.example", "en", Some(24)),
    ("Keystone Valve Works", "US-16118", "plant@keystonevalve.example", "en", Some(30)),
];

pub(super) const SITES: [&str; 10] =
    ["Plant 1", "Plant 2", "North", "South", "Warehouse", "Headquarters", "Line 4", "Boiler house", "Depot", "Site B"];
