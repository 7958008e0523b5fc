//! Users: who may sign in, as what. One who is no admin sees only the own entry, with the own password to change.

use actix_web::{HttpResponse, web};

use super::tabs;
use super::view::{UserPage, UserRow, UsersPage};
use crate::access::{AccessError, ChangeUser, LEAST_PASSWORD, NewUser, Permission, Role, User};
use crate::base::{PageRequest, Secret, UserId};
use crate::dashboard::answer;
use crate::dashboard::confirm::ConfirmPage;
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::format;
use crate::dashboard::forms::Sent;
use crate::dashboard::gate::errors::Trouble;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit, inbound, role_words, session_cookie};

fn own_id(visit: &Visit) -> &str {
    visit.who().actor.id.as_deref().unwrap_or_default()
}

pub async fn list(visit: Visit) -> Result<HttpResponse, Failure> {
    if !visit.may(Permission::Admin) {
        return Ok(answer::see_other(&format!("/settings/users/{}", own_id(&visit))));
    }
    let page = list_page(&visit, &Sent::default(), FieldErrors::none(), String::new()).await?;
    Ok(visit.page(&page))
}

async fn list_page(visit: &Visit, sent: &Sent, errors: FieldErrors, notice: String) -> Result<UsersPage, Failure> {
    let page = PageRequest::first(PageRequest::MAX_LIMIT);
    let mut users = visit.desk.access.users(visit.who(), None, page).await?.items;
    users.sort_by_key(|user| user.name.to_lowercase());
    let shell = visit.still_shell(Nav::Settings).await;
    let count = u64::try_from(users.len()).unwrap_or(0);
    let row = |user: &User| UserRow {
        id: user.id.to_string(),
        name: user.name.clone(),
        email: user.email.clone(),
        role: role_words(user.role),
        last_seen: user.last_signed_in_at.map_or_else(|| "never".into(), |at| format::short(at, shell.now)),
        is_self: user.id.to_string() == own_id(visit),
        disabled: !user.has_password,
    };
    Ok(UsersPage {
        tabs: tabs("/settings/users"),
        summary: format::count(count, "user", "users"),
        notice,
        rows: users.iter().map(row).collect(),
        may_change: true,
        fields: new_fields(visit, sent, &errors),
        errors,
        shell,
    })
}

/// Roles that the viewer may give: owners are made by owners.
fn roles(visit: &Visit) -> Vec<(&'static str, String)> {
    let most = visit.who().role.unwrap_or(Role::Viewer);
    Role::ALL.into_iter().filter(|role| *role <= most).map(|role| (role.as_str(), role_words(role))).collect()
}

fn new_fields(visit: &Visit, sent: &Sent, errors: &FieldErrors) -> Vec<FieldView> {
    let role = sent.given("role").unwrap_or_else(|| Role::Operator.as_str().into());
    let help = format!("At least {LEAST_PASSWORD} characters. Empty: you get a link with which the user chooses one.");
    let fields = vec![
        FieldView::text("name", "Name").value(sent.text("name")).max_length(100),
        FieldView::new(FieldKind::Email, "email", "E-mail").value(sent.text("email")),
        FieldView::new(FieldKind::Select, "role", "Role").choices(roles(visit), &role),
        FieldView::password("password", "Password").help(help).autocomplete("new-password").optional(),
    ];
    fields.into_iter().map(|field| field.errors(errors)).collect()
}

pub async fn add(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let password = sent.raw("password");
    let new = NewUser {
        email: sent.text("email"),
        name: sent.text("name"),
        role: Role::parse(&sent.text("role")).unwrap_or(Role::Viewer),
        password: (!password.is_empty()).then(|| Secret::new(password)),
    };
    match visit.desk.access.create_user(visit.who(), new).await {
        Ok(made) => match made.invitation {
            None => Ok(answer::see_other_saying("/settings/users", &format!("{} is added.", made.user.name))),
            Some(link) => {
                let (name, end) = (&made.user.name, format::exact(link.expires_at));
                let url = format!("{}/setup/{}", visit.desk.public_url, link.token.expose());
                let notice = format!(
                    "{name} is added. This link is shown once, works once and ends on {end}; send it to {name}: {url}"
                );
                Ok(visit.page(&list_page(&visit, &Sent::default(), FieldErrors::none(), notice).await?))
            }
        },
        Err(error) => {
            let errors = faults(error)?;
            Ok(visit.page_again(&list_page(&visit, &sent, errors, String::new()).await?))
        }
    }
}

/// What belongs to a field of the form; anything else ends the visit.
fn faults(error: AccessError) -> Result<FieldErrors, Failure> {
    match error {
        AccessError::Invalid(faults) => Ok(faults.into()),
        AccessError::EmailTaken { .. } => Ok(FieldErrors::one("email", "Somebody has this address already.")),
        AccessError::OwnersOnly => Ok(FieldErrors::one("role", "Only an owner makes, changes or removes an owner.")),
        AccessError::LastOwner => {
            Ok(FieldErrors::one("role", "This is the last owner; make another user owner first."))
        }
        AccessError::WrongPassword => Ok(FieldErrors::one("present", "The present password is another one.")),
        other => Err(other.into()),
    }
}

async fn find(visit: &Visit, id: &str) -> Result<User, Failure> {
    let id: UserId = id.parse().map_err(|_| Failure::from(Trouble::NotFound))?;
    visit.desk.access.user(visit.who(), id).await?.ok_or(Failure::Trouble(Trouble::NotFound))
}

async fn user_page(visit: &Visit, user: &User, errors: FieldErrors, password_errors: FieldErrors) -> UserPage {
    let is_self = user.id.to_string() == own_id(visit);
    let mut fields = Vec::new();
    if visit.may(Permission::Admin) {
        fields.push(FieldView::text("name", "Name").value(&user.name).max_length(100).errors(&errors));
        fields.push(FieldView::new(FieldKind::Email, "email", "E-mail").value(&user.email).errors(&errors));
        let role = FieldView::new(FieldKind::Select, "role", "Role").choices(roles(visit), user.role.as_str());
        fields.push(role.errors(&errors));
    }
    let mut password_fields = Vec::new();
    if is_self {
        let present = FieldView::password("present", "Present password").autocomplete("current-password");
        password_fields.push(present.errors(&password_errors));
    }
    let help = format!("At least {LEAST_PASSWORD} characters. A sentence is fine; spaces count.");
    let password = FieldView::password("password", "New password").help(help).autocomplete("new-password");
    password_fields.push(password.errors(&password_errors));
    UserPage {
        shell: visit.still_shell(Nav::Settings).await,
        id: user.id.to_string(),
        name: user.name.clone(),
        email: user.email.clone(),
        is_self,
        errors,
        fields,
        password_errors,
        password_fields,
    }
}

pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let user = find(&visit, &id).await?;
    Ok(visit.page(&user_page(&visit, &user, FieldErrors::none(), FieldErrors::none()).await))
}

pub async fn change(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let user = find(&visit, &id).await?;
    let change = ChangeUser {
        email: Some(sent.text("email")),
        name: Some(sent.text("name")),
        role: Role::parse(&sent.text("role")),
    };
    match visit.desk.access.change_user(visit.who(), user.id, change, None).await {
        Ok(_) => Ok(answer::see_other_saying("/settings/users", "Saved.")),
        Err(error) => {
            let errors = faults(error)?;
            Ok(visit.page_again(&user_page(&visit, &user, errors, FieldErrors::none()).await))
        }
    }
}

pub async fn set_password(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let user = find(&visit, &id).await?;
    let password = Secret::new(sent.raw("password"));
    let (access, who) = (&visit.desk.access, visit.who());
    let done = if user.id.to_string() == own_id(&visit) {
        let cookie = visit.request.cookie(session_cookie(inbound(&visit.request).https));
        let session = Secret::new(cookie.map(|cookie| cookie.value().to_owned()).unwrap_or_default());
        access.change_own_password(who, Secret::new(sent.raw("present")), password, &session).await
    } else {
        access.set_password(who, user.id, password).await
    };
    match done {
        Ok(()) => Ok(answer::see_other_saying(&format!("/settings/users/{}", user.id), "The password is set.")),
        Err(error) => {
            let errors = faults(error)?;
            Ok(visit.page_again(&user_page(&visit, &user, FieldErrors::none(), errors).await))
        }
    }
}

pub async fn ask_remove(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::Admin)?;
    let user = find(&visit, &id).await?;
    let page = ConfirmPage {
        shell: visit.still_shell(Nav::Settings).await,
        place: format!("Users / {}", user.name),
        question: format!("Remove {}?", user.name),
        text: "The user is signed out everywhere at once. What was done stays in the audit, with the name.".into(),
        cost: Vec::new(),
        field: None,
        errors: FieldErrors::none(),
        hidden: Vec::new(),
        keep: "Keep the user".into(),
        keep_path: format!("/settings/users/{}", user.id),
        action_path: format!("/settings/users/{}/remove", user.id),
        button: "Remove the user".into(),
        danger: true,
    };
    Ok(visit.page(&page))
}

pub async fn remove(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let user = find(&visit, &id).await?;
    visit.desk.access.delete_user(visit.who(), user.id).await?;
    Ok(answer::see_other_saying("/settings/users", &format!("{} is removed.", user.name)))
}
