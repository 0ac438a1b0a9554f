//! t
fn main(){ let l=jiebang_callfile::Library::default(); for id in l.ids(){ let t=l.call(&id).unwrap().0; let n=std::time::Instant::now(); for _ in 0..100{ let _=jiebang_callfile::read(&t,None,&l); } println!("{id} {:?}", n.elapsed()/40);
 let n=std::time::Instant::now(); for _ in 0..100{ let _:toml::Table=toml::from_str(&t).unwrap(); } println!("  toml {:?}", n.elapsed()/40);
 let n=std::time::Instant::now(); for _ in 0..100{ let _=toml::de::DeTable::parse(&t).unwrap(); } println!("  detable {:?}", n.elapsed()/40); } }
