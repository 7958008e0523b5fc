//! `junctionbox customer create|list|show`.

use serde_json::{Map, Value};

use super::{Global, Outcome, print, reach};
use crate::server::control::ControlRequest;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Make a customer; prints its id
    Create {
        #[arg(long)]
        name: String,
        /// The id by which your own systems know it
        #[arg(long)]
        external_id: Option<String>,
        #[arg(long)]
        contact_name: Option<String>,
        #[arg(long)]
        contact_email: Option<String>,
        /// Language of what the customer reads: en, de
        #[arg(long)]
        locale: Option<String>,
        /// How many credits its connections may use together
        #[arg(long, value_name = "CREDITS")]
        credit_limit: Option<i64>,
    },
    /// Show the customers with their connections and credits
    List {
        /// Only those whose name, id or contact has this in it
        #[arg(long)]
        q: Option<String>,
    },
    /// Show one
    Show { customer: String },
}

pub fn run(global: &Global, command: Command) -> Outcome {
    match command {
        Command::Create { name, external_id, contact_name, contact_email, locale, credit_limit } => {
            let mut fields = Map::new();
            fields.insert("name".into(), name.into());
            let texts = [
                ("external_id", external_id),
                ("contact_name", contact_name),
                ("contact_email", contact_email),
                ("locale", locale),
            ];
            fields.extend(texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), Value::from(text?)))));
            fields.extend(credit_limit.map(|limit| ("credit_limit".to_owned(), limit.into())));
            let request = ControlRequest::CustomerCreate { fields: Value::Object(fields) };
            reach::ask_for(global, request, reach::Needs::Nothing, "id")
        }
        Command::List { q } => list(global, q),
        Command::Show { customer } => reach::ask(global, ControlRequest::CustomerShow { customer }, reach::Needs::Data),
    }
}

/// Page by page; as JSON one object with all of them.
fn list(global: &Global, q: Option<String>) -> Outcome {
    let mut cursor = None;
    let mut all = Vec::new();
    loop {
        let request = ControlRequest::CustomerList { q: q.clone(), cursor };
        let mut answer = reach::answer(global, request, reach::Needs::Data)?;
        if answer.exit != 0 || !global.json {
            reach::show(global, &answer);
        }
        if answer.exit != 0 {
            return Ok(answer.exit);
        }
        if let Some(data) = answer.value.get_mut("data").and_then(Value::as_array_mut) {
            all.append(data);
        }
        cursor = answer.value.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    if global.json {
        print::line(&serde_json::json!({"data": all, "next_cursor": null}).to_string());
    }
    Ok(0)
}
