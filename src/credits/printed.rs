//! Lines of the ledger as CSV. A cell that a spreadsheet would run as a formula gets a quote before it.

use std::io::{self, Write};

use super::{CreditError, Posting};

const HEADER: [&str; 17] = [
    "id",
    "transaction_id",
    "at",
    "kind",
    "account",
    "amount",
    "balance",
    "customer_id",
    "customer_name",
    "connection_id",
    "connection_name",
    "system",
    "tier",
    "hosting",
    "price_version",
    "note",
    "actor",
];

/// Writes these lines; with the header on the first call.
pub fn write_csv(out: &mut impl Write, postings: &[Posting], header: bool) -> Result<(), CreditError> {
    let mut csv = csv::Writer::from_writer(out);
    let failed = |error: csv::Error| CreditError::Write(io::Error::other(error));
    if header {
        csv.write_record(HEADER).map_err(failed)?;
    }
    for posting in postings {
        let id = |id: Option<String>| id.unwrap_or_default();
        let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        let cells = [
            posting.id.to_string(),
            posting.transaction_id.to_string(),
            posting.at.to_string(),
            posting.kind.as_str().to_owned(),
            posting.account.clone(),
            posting.amount.to_string(),
            posting.balance.to_string(),
            id(posting.customer_id.map(|id| id.to_string())),
            harmless(posting.customer_name.clone().unwrap_or_default()),
            id(posting.connection_id.map(|id| id.to_string())),
            harmless(posting.connection_name.clone().unwrap_or_default()),
            posting.system.clone().unwrap_or_default(),
            number(posting.tier),
            posting.hosting.map(|hosting| hosting.as_str().to_owned()).unwrap_or_default(),
            number(posting.price_version),
            harmless(posting.note.clone()),
            harmless(posting.actor.clone()),
        ];
        csv.write_record(cells).map_err(failed)?;
    }
    csv.flush()?;
    Ok(())
}

fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}
